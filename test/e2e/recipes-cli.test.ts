/** docs/cli.md shows no command that does not work: each of them, as it stands, in a clone with what it needs. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { readPage } from "../unit/readme-text.ts";
import { commandsOf, crontabCommands, expectDone, type Kitchen, test } from "./recipes-kitchen.ts";

const blocks = commandsOf(readPage(readFileSync(join(import.meta.dirname, "../../docs/cli.md"), "utf8")));

/** What depends on the line before is one piece; of anything else, each line. */
const pieces = blocks.flatMap((block) => {
  const { text, language, heading } = block;
  if (language === "crontab") return crontabCommands(text).map((line) => ({ ...block, text: line }));
  if (!heading.startsWith("reflock ") && text.includes("claim=$(")) return [block];
  return text
    .trim()
    .split("\n")
    .map((line) => ({ ...block, text: line }));
});

const SOUND = `on: push
permissions: { contents: write, actions: read }
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: publish }
      - run: npm publish
`;

async function desk(kitchen: Kitchen): Promise<void> {
  const { folder, locks, env } = kitchen.desk;
  expectDone(await kitchen.type('git init --quiet && git remote add origin "$REMOTE"'));
  kitchen.standIn("", "npm", "make", "deploy", "update.sh", "update-archive.sh", "update-archive");
  // Those that are named by a path.
  for (const path of [folder, dirname(locks.path)])
    expectDone(
      await kitchen.type(
        `ln -s "${folder}"/bin/{deploy,update.sh,update-archive.sh,update-archive} "${path}"`,
      ),
    );
  for (const path of [".zfunc", ".config/fish/completions"])
    mkdirSync(join(env.HOME ?? "", path), { recursive: true });
  mkdirSync(join(folder, ".github/workflows"), { recursive: true });
  writeFileSync(join(folder, ".github/workflows/release.yml"), SOUND);
}

/** The hold that a line speaks of: that of its caller, or one whose claim it names. */
async function withHold(kitchen: Kitchen, line: string): Promise<string> {
  if (line.includes("inside `reflock run"))
    return `reflock run publish -- sh -c ${JSON.stringify(line.replace(/ {2}#.*/, ""))}`;
  if (!/(?<!=)"?\$claim|3f2a…/.test(line) || line.includes("claim=$(")) return line;
  const { out } = await kitchen.desk.cli("acquire", "publish");
  return `claim=${out.trim()}\n${line.replaceAll("3f2a…", out.trim())}`;
}

describe.concurrent("docs/cli.md", () => {
  test.for(pieces.map((piece) => [`line ${piece.line}: ${piece.text.split("\n")[0]}`, piece] as const))(
    "%s",
    async ([, piece], { kitchen }) => {
      await desk(kitchen);
      const [line = ""] = kitchen.prepare([piece]);
      const said = await kitchen.type(await withHold(kitchen, line));
      expectDone(said);
      const [, command] = / -- (?:\.\/|\/\S*\/)?([\w.-]+)/.exec(piece.text) ?? [];
      if (command !== undefined) expect(kitchen.diary().map(({ name }) => name)).toContain(command);
      const lasts = /reflock (acquire|freeze)/.test(piece.text) && !piece.text.includes("trap");
      expect(await kitchen.isHeld(), said.err).toBe(
        lasts || / check .*claim/.test(line.split("\n")[0] ?? ""),
      );
    },
  );

  test("has commands for all that there is", () => {
    const headings = new Set(blocks.map(({ heading }) => heading));
    for (const name of [
      "run",
      "acquire",
      "release",
      "check",
      "status",
      "log",
      "clear",
      "freeze",
      "doctor",
      "lint",
    ])
      expect(headings).toContain(`reflock ${name}`);
  });
});
