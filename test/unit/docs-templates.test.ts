/** What GitHub reads of .github beside the workflows: forms for issues, and Dependabot's plan. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTree } from "../../src/lint/yaml.ts";
import { at, textAt } from "./docs-tree.ts";

const FILES = join(import.meta.dirname, "../../.github");

describe("what GitHub shows to whoever writes an issue", () => {
  const folder = join(FILES, "ISSUE_TEMPLATE");
  const forms = readdirSync(folder).filter((name) => name !== "config.yml");

  test("are forms with names, and with questions whose names differ", () => {
    expect(forms.toSorted()).toEqual(["bug.yml", "question.yml", "stuck-lock.yml"]);
    for (const name of forms) {
      const form = readTree(readFileSync(join(folder, name), "utf8"));
      for (const field of ["name", "description"]) expect(textAt(form, field), name).not.toBe("");
      const body = at(form, "body");
      const parts = body?.kind === "list" ? body.items : [];
      const ids = parts
        .filter((part) => textAt(part, "type") !== "markdown")
        .map((part) => textAt(part, "id"));
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(ids.length);
      for (const part of parts) {
        expect(["markdown", "textarea", "input", "dropdown"]).toContain(textAt(part, "type"));
        const said = textAt(part, "type") === "markdown" ? "value" : "label";
        expect(textAt(part, "attributes", said)).not.toBe("");
      }
    }
  });
});

describe("dependabot.yml", () => {
  test("asks for packages and actions each week", () => {
    const tree = readTree(readFileSync(join(FILES, "dependabot.yml"), "utf8"));
    const updates = at(tree, "updates");
    const items = updates?.kind === "list" ? updates.items : [];
    expect(items.map((item) => textAt(item, "package-ecosystem"))).toEqual(["npm", "github-actions"]);
    for (const item of items) {
      expect(textAt(item, "schedule", "interval")).toBe("weekly");
      expect(at(item, "groups")?.kind).toBe("fields");
    }
  });
});
