/** The command line, as the README shows it: as it stands, in a clone, with stand-ins for what publishes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { isNpm } from "../unit/readme-rules.ts";
import { readPage } from "../unit/readme-text.ts";
import { commandsOf, expectDone, type Kitchen, oneByOne, test } from "./recipes-kitchen.ts";

const PAGE = readPage(readFileSync(join(import.meta.dirname, "../../README.md"), "utf8"));
const blocks = commandsOf(PAGE).filter((block) => block.heading === "The command line" && !isNpm(block));

async function inClone(kitchen: Kitchen): Promise<string> {
  expectDone(await kitchen.type('git init --quiet && git remote add origin "$REMOTE"'));
  kitchen.standIn("sleep 0.2", "npm", "make");
  const [commands = ""] = kitchen.prepare(blocks);
  return commands;
}

test("its example is ten lines", () => {
  expect(blocks).toHaveLength(1);
  expect(blocks[0]?.text.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
});

test.concurrent("its example works", async ({ kitchen }) => {
  const said = await kitchen.type(await inClone(kitchen));
  expectDone(said);
  expect(oneByOne(kitchen.diary())).toEqual(["npm publish", "make packages", "make upload"]);
  expect(said.out).toMatch(/publish +1\/1 +free/);
  expect(said.out.match(/\breleased\b/g)).toHaveLength(2);
  expect(await kitchen.isHeld()).toBe(false);
});

test.concurrent("its example uploads nothing once the lock was lost", async ({ kitchen }) => {
  const commands = await inClone(kitchen);
  const cleared = 'reflock clear --expect "$claim" --force --reason "a test" publish';
  const said = await kitchen.type(commands.replace("make packages\n", `make packages\n${cleared}\n`));
  expect(said.err).toContain("a test");
  expect(oneByOne(kitchen.diary())).toEqual(["npm publish", "make packages"]);
});
