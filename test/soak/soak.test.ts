/**
 * A soak of seconds: nothing is violated, and it can be stopped and gone on with. One in which each kind of sabotage is done takes a minute, and is for
 * `npm run prove`.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { git } from "../hub/git.ts";
import type { Figures } from "./figures.ts";
import { processesOf, signalSeen } from "./processes.ts";
import { ALL_ACTS } from "./saboteur.ts";

const SOAK = fileURLToPath(new URL("./soak.ts", import.meta.url));
const LONG = { timeout: 400_000 };
const PROVE = process.env.REFLOCK_PROVE !== undefined;

let folder = "";
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "reflock-soak-test-")));
});
afterEach(async () => {
  for (const left of processesOf(join(folder, "soak", "bin"))) signalSeen(left, "SIGKILL");
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

interface Soak {
  readonly ended: Promise<{ readonly code: number | null; readonly text: string }>;
  says(text: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

function start(...words: string[]): Soak {
  const child = spawn(process.execPath, [SOAK, "--quick", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, text }));
  });
  return {
    ended,
    kill: (signal) => child.kill(signal),
    async says(wanted) {
      for (let tries = 0; !wanted.test(text); tries++) {
        if (tries > 1500 || child.exitCode !== null) throw new Error(`it does not say ${wanted}: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

async function report(dir: string): Promise<Figures> {
  return JSON.parse(await readFile(join(dir, "report.json"), "utf8")) as Figures;
}

async function logsIn(dir: string): Promise<string[]> {
  const refs = await git(join(dir, "locks.git"), ["for-each-ref", "--format=%(refname)", "refs/locks"]);
  return refs.split("\n").filter((ref) => ref !== "");
}

describe("a soak", () => {
  test.runIf(PROVE)("with every kind of sabotage, in which nothing is violated", LONG, async () => {
    const dir = join(folder, "soak");
    const { code, text } = await start("--dir", dir, "--clients", "6", "--seed", "7").ended;
    expect(code, text).toBe(0);
    const { sabotage, violations, rounds, holds, exits, sections } = await report(dir);
    expect(violations).toEqual([]);
    expect(rounds).toBe(1);
    expect(ALL_ACTS.filter((act) => (sabotage[act] ?? 0) === 0)).toEqual([]);
    expect(sabotage["server started again"]).toBeGreaterThan(0);
    expect(sections).toBeGreaterThan(8);
    expect(holds.released).toBeGreaterThan(8);
    expect(exits["run 0"]).toBeGreaterThan(0);
    expect((await logsIn(dir)).every((ref) => /\/log\/\d+$/.test(ref))).toBe(true);
    expect(processesOf(join(dir, "bin"))).toEqual([]);
  });

  test(
    "that is killed, goes on, and is told to end; and finds what was rewritten meanwhile",
    LONG,
    async () => {
      const dir = join(folder, "soak");
      const first = start("--dir", dir, "--clients", "2", "--seed", "8", "--minutes", "5");
      await first.says(/\n0\.\d min, [1-9]/);
      first.kill("SIGKILL");
      await first.ended;
      const journal = () => readFile(join(dir, "locks.git", "oracle.log"), "utf8");
      const before = await journal();
      const second = start("--resume", dir, "--clients", "2", "--minutes", "5");
      await second.says(/goes on in .*seed 8/);
      await second.says(/\n0\.\d min, [1-9]/);
      second.kill("SIGTERM");
      const { code, text } = await second.ended;
      expect(code, text).toBe(143);
      const { violations, checkpoints, rounds } = await report(dir);
      expect(violations).toEqual([]);
      expect(checkpoints).toBeGreaterThan(2);
      expect(rounds).toBe(0);
      expect((await journal()).startsWith(before)).toBe(true);
      expect(processesOf(join(dir, "bin"))).toEqual([]);

      const [log = ""] = await logsIn(dir);
      await git(join(dir, "locks.git"), ["update-ref", log, `${log}~1`]);
      const third = await start("--resume", dir).ended;
      expect(third.code, third.text).toBe(1);
      expect(third.text).toMatch(/VIOLATION: refs\/locks\/\S+ was rewritten/);
    },
  );

  test("says what is wrong with what it was asked for", async () => {
    const { code, text } = await start("--minutes", "x").ended;
    expect(code).toBe(64);
    expect(text).toContain("--minutes takes a number");
  });
});
