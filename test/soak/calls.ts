/**
 * Calls of the shipped command line: each a real process, with what it was asked, what it said and how it ended.
 * Owns their start and their record; must not know what is to be expected of them.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import type { Ground } from "./ground.ts";

export type Kind =
  | "run"
  | "acquire"
  | "release"
  | "check"
  | "status"
  | "log"
  | "clear"
  | "freeze"
  | "end-freeze";

/** What was done to a call, or to processes that belong to it. */
export type Mark = "killed" | "watcher-killed" | "stopped" | "told";

export interface Call {
  readonly id: number;
  readonly kind: Kind;
  readonly names: readonly string[];
  readonly words: readonly string[];
  readonly way: string;
  readonly leaseSeconds: number | null;
  readonly pid: number;
  readonly startedMs: number;
  readonly marks: Set<Mark>;
  endedMs: number | null;
  /** 128 + the number of a signal that ended it. */
  code: number | null;
  out: string;
  err: string;
  /** What it said on stderr, each with the milliseconds since its start. */
  readonly said: string[];
  readonly ended: Promise<Call>;
}

export interface Asked {
  readonly kind: Kind;
  readonly names: readonly string[];
  /** The command and its options; the remote, the reason and what is to be run are added. */
  readonly words: readonly string[];
  readonly way: string;
  readonly leaseSeconds?: number;
  /** What `run` runs. */
  readonly command?: readonly string[];
}

export interface Calls {
  readonly live: ReadonlySet<Call>;
  start(asked: Asked): Call;
}

/** What any call says fits; a flood would be a finding by itself. */
const MOST_TEXT = 20_000;

export interface CallsOptions {
  readonly ground: Ground;
  readonly firstId: number;
  readonly witnessPort: number;
  readonly remotes: Readonly<Record<string, string>>;
  readonly onStart: (call: Call) => void;
  readonly onEnd: (call: Call) => void;
}

/** Those that take a reason, by which the log tells whose hold it is. */
const WITH_REASON: ReadonlySet<Kind> = new Set(["run", "acquire", "freeze"]);

export function openCalls(options: CallsOptions): Calls {
  const { ground, firstId, witnessPort, remotes, onStart, onEnd } = options;
  const live = new Set<Call>();
  let nextId = firstId;
  return {
    live,
    start({ kind, names, words, way, leaseSeconds = null, command = [] }) {
      const id = nextId++;
      const [first = "", ...rest] = words;
      const reason = WITH_REASON.has(kind) ? ["--reason", `call ${id}`] : [];
      const all = [first, "--remote", remotes[way] ?? "", ...reason, ...rest, ...command];
      const child = spawn(process.execPath, [ground.program, ...all], {
        cwd: ground.path("desk"),
        env: { ...ground.env, SOAK_CALL: String(id), SOAK_WITNESS: String(witnessPort) },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const { promise, resolve } = Promise.withResolvers<Call>();
      const call: Call = {
        ...{ id, kind, names, words: all, way, leaseSeconds, pid: child.pid ?? -1 },
        ...{ startedMs: performance.now(), endedMs: null, marks: new Set(), code: null },
        ...{ out: "", err: "", said: [], ended: promise },
      };
      live.add(call);
      onStart(call);
      listen(call, child, () => {
        live.delete(call);
        onEnd(call);
        resolve(call);
      });
      return call;
    },
  };
}

function listen(call: Call, child: ChildProcessByStdio<null, Readable, Readable>, onEnd: () => void): void {
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (call.out.length < MOST_TEXT) call.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (call.err.length > MOST_TEXT) return;
    call.err += text;
    call.said.push(`${Math.round(performance.now() - call.startedMs)} ms: ${text}`);
  });
  const finish = (code: number | null, signal: NodeJS.Signals | null) => {
    if (call.endedMs !== null) return;
    call.endedMs = performance.now();
    call.code = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
    onEnd();
  };
  child.on("exit", (code, signal) => {
    // Whoever was killed may have left somebody who keeps its output open.
    const late = setTimeout(() => finish(code, signal), 500);
    child.on("close", () => {
      clearTimeout(late);
      finish(code, signal);
    });
  });
  child.on("error", () => finish(-1, null));
}

/** As a person at a shell would see it. */
export function shownCall({ id, words, way, code, marks, err, out }: Call): string {
  const told = marks.size === 0 ? "" : `, ${[...marks].join(" and ")}`;
  const said = `${out}${err}`.trim().slice(-1500);
  return `call ${id} by ${way}${told}: reflock ${words.map(quoted).join(" ")} -> ${code}\n${said}`;
}

function quoted(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.length > 60 ? "…" : word}'`;
}
