/**
 * docs/cli.md is made from the program from a mark on. `npx vitest run test/unit/cli-docs.test.ts -u` makes it anew.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/definitions.ts";
import { STATUSES } from "../../src/cli/exit-status.ts";
import { buildProgram } from "../../src/cli/program.ts";

const PAGE = fileURLToPath(new URL("../../docs/cli.md", import.meta.url));
const MARK = "<!-- What follows is made from the program: npx vitest run test/unit/cli-docs.test.ts -u -->\n";

const program = buildProgram(async () => {});

test("docs/cli.md describes the program as it is", async () => {
  const page = readFileSync(PAGE, "utf8");
  const [prose = "", made] = page.split(MARK);
  expect(made, "the mark is gone").toBeDefined();
  await expect(`${prose}${MARK}${reference()}`).toMatchFileSnapshot(PAGE);
});

test("every command and every option is explained, and each example is one of its command", () => {
  for (const command of program.commands) {
    expect(command.summary(), command.name()).not.toBe("");
    for (const option of command.options) expect(option.description, option.flags).toMatch(/^[a-z`]/);
  }
  for (const { name, examples } of COMMANDS) {
    expect(examples.length, name).toBeGreaterThan(0);
    for (const [example] of examples) expect(example).toContain(`reflock ${name}`);
  }
});

test("an example has no option that its command does not take", () => {
  for (const { name, examples } of COMMANDS) {
    const command = program.commands.find((each) => each.name() === name);
    const known = command?.options.flatMap(({ long, short }) => [long, short]) ?? [];
    for (const [example] of examples) {
      const own = example.split(`reflock ${name}`)[1]?.split(/ -- | [|&]+ /)[0] ?? "";
      for (const [, option] of own.matchAll(/ (--?[a-z-]+)/gi)) expect(known, example).toContain(option);
    }
  }
});

function reference(): string {
  const statuses = STATUSES.map(([status, about]) => `| ${status} | ${cell(about)} |`);
  const examples = new Map(COMMANDS.map(({ name, examples }) => [name as string, examples]));
  return [
    "",
    "| exit status | meaning |",
    "|---|---|",
    ...statuses,
    "",
    "`run` has the command's own exit status where the command ended: see there. A signal that ends another command while it",
    "works gives 128 and the signal's number: a place in line is given up, and a change that is under way has a few seconds.",
    "",
    "## Commands",
    ...program.commands.flatMap((command) => section(command, examples.get(command.name()) ?? [])),
    "",
  ].join("\n");
}

function section(command: Command, examples: readonly (readonly [string, string])[]): string[] {
  const help = command.createHelp();
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== "--help")
    .map((option) => `| \`${option.flags}\` | ${cell(option.description)} |`);
  return [
    "",
    `### reflock ${command.name()}`,
    "",
    "```text",
    help.commandUsage(command),
    "```",
    "",
    ...command.description().split("\n").map(escaped),
    ...(options.length === 0 ? [] : ["", "| option | meaning |", "|---|---|", ...options]),
    "",
    "```sh",
    ...examples.flatMap(([example, about]) => [about === "" ? example : `${example}  # ${about}`]),
    "```",
  ];
}

/** Angle brackets would be HTML. */
function escaped(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll("*", "\\*");
}

function cell(text: string): string {
  return escaped(text).replaceAll("|", "\\|");
}
