/** Many processes of the shipped command at once, that guard one file by the lock and by nothing else. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { startGitHttpServer } from "../git/http-server.ts";
import { type Desk, test } from "./desk.ts";

const PROVE = process.env.REFLOCK_PROVE !== undefined;
const PROCESSES = 32;
const ROUNDS = PROVE ? 200 : 5;

/** Reads, works, and writes: whoever is in here beside another loses a count. */
const COUNT = 'read -r n < counter; sleep 0.01; echo $((n + 1)) > counter; echo "$REFLOCK_TOKEN" >> tokens';

async function round(desk: Desk, remote: string, name: string): Promise<void> {
  const run = () =>
    desk.cli("run", "--remote", remote, "--wait", "10m", "--quiet", name, "--", "sh", "-c", COUNT);
  for (const said of await Promise.all(Array.from({ length: PROCESSES }, run)))
    expect(said.code, said.err).toBe(0);
}

async function count(desk: Desk, remote: string): Promise<void> {
  const [counter, tokens] = [join(desk.folder, "counter"), join(desk.folder, "tokens")];
  await Promise.all([writeFile(counter, "0\n"), writeFile(tokens, "")]);
  for (let nth = 1; nth <= ROUNDS; nth++) {
    await round(desk, remote, "count");
    expect((await readFile(counter, "utf8")).trim()).toBe(String(nth * PROCESSES));
  }
  const given = (await readFile(tokens, "utf8")).trim().split("\n").map(Number);
  expect(given).toEqual(Array.from({ length: ROUNDS * PROCESSES }, (_, at) => at + 1));
  expect(await desk.refs()).toEqual(["refs/locks/count/log/1"]);
}

describe(`${PROCESSES} runs at once, ${ROUNDS} times`, () => {
  test("by path: none is lost, and each has the next token", { timeout: 14_400_000 }, async ({ desk }) => {
    await count(desk, desk.locks.path);
  });

  test("over http: none is lost, and each has the next token", { timeout: 14_400_000 }, async ({ desk }) => {
    const server = await startGitHttpServer(join(desk.locks.path, ".."));
    try {
      await count(desk, `${server.url}/locks.git`);
    } finally {
      await server.close();
    }
  });
});
