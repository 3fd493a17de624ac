/** The example of a target that compares the fencing token: no update is lost in it, wherever whoever comes late was stopped. */
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test as base, describe, expect } from "vitest";

const FENCED = fileURLToPath(new URL("fenced.sh", import.meta.url));
const REFUSED = 9;

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Keeper {
  readonly folder: string;
  read(token: number): Promise<Said>;
  /** `path`: where it finds programs before anywhere else. */
  write(token: number, text: string, path?: string): Promise<Said>;
  /** The token and the text of each state, oldest first. */
  states(): string[];
}

const test = base.extend("keeper", async ({ task: _ }, { onCleanup }): Promise<Keeper> => {
  const folder = mkdtempSync(join(tmpdir(), "reflock-fenced-"));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  const text = join(folder, "text");
  const call = (words: readonly string[], path = "") => {
    const env = { ...process.env, PATH: `${path}:${process.env.PATH}` };
    return new Promise<Said>((resolve) => {
      const child = execFile("/bin/sh", [FENCED, ...words], { env, encoding: "utf8" }, (_, out, err) =>
        resolve({ code: child.exitCode, out, err }),
      );
    });
  };
  return {
    folder,
    read: (token) => call(["read", text, String(token)]),
    write: (token, next, path) => call(["write", text, String(token), next], path),
    states: () =>
      readdirSync(text)
        .filter((name) => name.startsWith("1"))
        .sort()
        .map((name) => readFileSync(join(text, name), "utf8").trim().replace("\n", " ")),
  };
});

/** Programs of its own, under the names of others. */
function programs(keeper: Keeper, scripts: Readonly<Record<string, string>>): string {
  const folder = join(keeper.folder, "bin");
  mkdirSync(folder);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** An `ln` that waits, and then does what is said. */
async function writeStopped(keeper: Keeper, then: string): Promise<{ goOn(): Promise<Said> }> {
  const [there, go] = [join(keeper.folder, "there"), join(keeper.folder, "go")];
  const rest = `PATH=\${PATH#*:}; ${then}`;
  const path = programs(keeper, { ln: `: > ${there}; while [ ! -e ${go} ]; do sleep 0.05; done; ${rest}` });
  const said = keeper.write(1, "late", path);
  await expect.poll(() => existsSync(there), { timeout: 20_000 }).toBe(true);
  return {
    goOn: async () => {
      writeFileSync(go, "");
      return await said;
    },
  };
}

describe.skipIf(process.platform === "win32")("a text that compares the fencing token", () => {
  test("takes what comes under its highest token, and under a higher one", async ({ keeper }) => {
    expect(await keeper.write(1, "one")).toMatchObject({ code: 0, out: "" });
    expect(await keeper.write(1, "two words")).toMatchObject({ code: 0 });
    expect(await keeper.read(3)).toMatchObject({ code: 0, out: "two words\n" });
    expect(await keeper.write(3, "three")).toMatchObject({ code: 0 });
    expect(await keeper.read(3)).toMatchObject({ code: 0, out: "three\n" });
    expect(keeper.states()).toEqual(["1 one", "1 two words", "3 two words", "3 three"]);
  });

  test("refuses lower tokens from the moment at which a higher one has read", async ({ keeper }) => {
    await keeper.read(1);
    await keeper.read(2);
    const refused = { code: REFUSED, out: "", err: "fenced: token 1 is refused, since 2 was here\n" };
    expect(await keeper.write(1, "late")).toEqual(refused);
    expect(await keeper.read(1)).toEqual(refused);
    expect(await keeper.write(2, "in time")).toMatchObject({ code: 0 });
    expect(keeper.states()).toEqual(["1", "2", "2 in time"]);
  });

  test("takes nothing for a token that is none", async ({ keeper }) => {
    for (const token of [0, -1, 1.5, Number.NaN])
      expect(await keeper.read(token)).toMatchObject({ code: 64 });
    expect(existsSync(join(keeper.folder, "text"))).toBe(false);
  });

  test("refuses also who was stopped when it had compared, and had only to write", async ({ keeper }) => {
    await keeper.read(1);
    const late = await writeStopped(keeper, 'exec ln "$@"');
    await keeper.read(2);
    await keeper.write(2, "in time");
    expect(await late.goOn()).toMatchObject({ code: REFUSED });
    expect(keeper.states()).toEqual(["1", "2", "2 in time"]);
  });

  test("would lose an update if its last step replaced what is there", async ({ keeper }) => {
    await keeper.read(1);
    const late = await writeStopped(keeper, 'exec ln -f "$@"');
    await keeper.read(2);
    expect(await late.goOn()).toMatchObject({ code: 0 });
    // Whoever has read under token 2 does not know of this, and the text was never refused.
    expect(keeper.states()).toEqual(["1", "1 late"]);
  });

  test("would lose an update if reading did not show the token", async ({ keeper }) => {
    await keeper.write(1, "0");
    const [first, second] = [await keeper.read(1), await keeper.read(1)];
    expect([first.out, second.out]).toEqual(["0\n", "0\n"]);
    expect(await keeper.write(1, "1")).toMatchObject({ code: 0 });
    expect(await keeper.write(2, "1")).toMatchObject({ code: 0 });
    // Two added one to nought.
    expect(keeper.states().at(-1)).toBe("2 1");
  });

  test("keeps the order of tokens, whoever comes when", async ({ keeper }) => {
    const tokens = Array.from({ length: 12 }, (_, index) => ((index * 7) % 12) + 1);
    const said = await Promise.all(tokens.map((token) => keeper.write(token, `by ${token}`)));
    for (const [index, { code }] of said.entries()) {
      expect([0, REFUSED]).toContain(code);
      expect(keeper.states().includes(`${tokens[index]} by ${tokens[index]}`)).toBe(code === 0);
    }
    const seen = keeper.states().map((state) => Number(state.split(" ")[0]));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(12);
  });
});
