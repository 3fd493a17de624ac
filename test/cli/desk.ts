/**
 * A person's desk: the shipped command line, an empty home, and a bare repository to keep locks in.
 * Owns the environment, which is given and not inherited, and how a call is judged; must not import the command line, which is a black box here.
 */
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test as base, expect } from "vitest";
import { type BareRepository, openRepositories } from "../git/repositories.ts";
import { type StartedProcess, startProcess } from "../runner/process.ts";

export const BUNDLE = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Said {
  /** 128 + the number of a signal that ended it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Call extends StartedProcess {
  readonly said: Promise<Said>;
  /** Resolves once stderr has this in it; rejects if the call ends before. */
  says(text: string | RegExp): Promise<void>;
}

export interface Desk {
  /** A folder of its own, which is in no repository. */
  readonly folder: string;
  readonly locks: BareRepository;
  readonly env: Record<string, string>;
  /** Another bare repository. */
  addRepository(name: string, settings?: Readonly<Record<string, string>>): Promise<BareRepository>;
  /** The locks' repository is the remote, unless the words name one. */
  start(...words: string[]): Call;
  cli(...words: string[]): Promise<Said>;
  /** The same without a remote, somewhere. */
  at(folder: string, ...words: string[]): Promise<Said>;
  /** By bash, with `reflock` on the PATH. */
  shell(script: string, env?: Readonly<Record<string, string>>): Promise<Said>;
  /** One that must succeed and print JSON alone. */
  // biome-ignore lint/suspicious/noExplicitAny: what a document has in it, each test expects
  json(...words: string[]): Promise<any>;
  refs(): Promise<string[]>;
}

export async function openDesk(): Promise<Desk & { close(): Promise<void> }> {
  const repositories = await openRepositories();
  const locks = await repositories.add("locks.git");
  const folder = join(repositories.folder, "desk");
  const [bin, home] = [join(folder, "bin"), join(repositories.folder, "home")];
  await Promise.all([bin, home].map((path) => mkdir(path, { recursive: true })));
  await symlink(BUNDLE, join(bin, "reflock"));
  const env = {
    PATH: `${bin}:${join(process.execPath, "..")}:${process.env.PATH}`,
    HOME: home,
    XDG_CACHE_HOME: join(home, "cache"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CEILING_DIRECTORIES: repositories.folder,
    TMPDIR: repositories.folder,
    REMOTE: locks.path,
  };
  const calls: Call[] = [];
  const begin = (file: string, args: readonly string[], cwd = folder, more = {}) => {
    const call = callOf(startProcess({ file, args, cwd, env: { ...env, ...more }, onLine: () => {} }));
    calls.push(call);
    return call;
  };
  const withRemote = ([command = "", ...words]: string[]) =>
    words.includes("--remote") ? [command, ...words] : [command, "--remote", locks.path, ...words];
  const start: Desk["start"] = (...words) => begin(process.execPath, [BUNDLE, ...withRemote(words)]);
  const cli: Desk["cli"] = (...words) => start(...words).said;
  return {
    ...{ folder, locks, env, start, cli },
    addRepository: (name, settings) => repositories.add(name, "sha1", settings),
    at: (cwd, ...words) => begin(process.execPath, [BUNDLE, ...words], cwd).said,
    shell: (script, more) => begin("bash", ["-c", script], folder, more).said,
    json: async (...words) => {
      const said = await cli(...words, "--json");
      expect(said.code, said.err).toBe(0);
      return JSON.parse(said.out);
    },
    refs: async () =>
      (await locks.git("for-each-ref", "--format=%(refname)", "refs/locks")).split("\n").filter(Boolean),
    close: async () => {
      for (const call of calls) call.killTree();
      await Promise.all(calls.map(({ exited }) => exited));
      await repositories.close();
    },
  };
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function callOf(started: StartedProcess): Call {
  const said = started.drained.then(({ code, signal }) => ({
    code: code ?? 128 + (SIGNALS[signal ?? ""] ?? 0),
    out: started.stdout,
    err: started.stderr,
  }));
  const says: Call["says"] = async (text) => {
    let ended = false;
    said.then(() => {
      ended = true;
    });
    while (!(typeof text === "string" ? started.stderr.includes(text) : text.test(started.stderr))) {
      if (ended) throw new Error(`it ended without saying ${text}: ${started.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return Object.assign(Object.create(started), { said, says });
}

/** Every line on stderr is ours, and has nothing in it on which a terminal or a runner acts. */
export function expectPlain({ out, err }: Said): void {
  for (const line of err.split("\n").slice(0, -1)) expect(line).toMatch(/^(reflock: |Usage: )/);
  expect(`${out}${err}`.replaceAll("\n", "")).not.toMatch(/(?!\u200d)[\p{Cc}\p{Cf}\u2028\u2029]/u);
}

/** Every call that still runs is ended with its test. */
export const test = base.extend("desk", async ({ task: _ }, { onCleanup }): Promise<Desk> => {
  const desk = await openDesk();
  onCleanup(() => desk.close());
  return desk;
});

export const OID = /^[0-9a-f]{40}$/;
