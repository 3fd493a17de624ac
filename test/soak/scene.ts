/**
 * One start of a soak: its repository, servers, witness, calls and records, put together, and taken apart again.
 * Owns nothing but that; must not know what is done with them.
 */
import { createWriteStream, existsSync, type WriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { randomOf } from "../simulation/random.ts";
import { type Call, type Calls, openCalls } from "./calls.ts";
import { add, type Figures, noFigures, type Violation } from "./figures.ts";
import { type Ground, openGround } from "./ground.ts";
import { type Logs, openLogs, openSlotFinder } from "./logs.ts";
import { MOST_SLOTS, refOf } from "./names.ts";
import type { Options } from "./options.ts";
import { processesOf, signalSeen } from "./processes.ts";
import { type Server, startServer } from "./server.ts";
import { loadState, type State } from "./state.ts";
import { OWN_CODES } from "./told.ts";
import { openTroubles, type Troubles } from "./trouble.ts";
import { openWitness, type Witness } from "./witness.ts";

export interface Scene {
  readonly options: Options;
  readonly ground: Ground;
  readonly servers: readonly [Server, ...Server[]];
  readonly witness: Witness;
  readonly calls: Calls;
  readonly troubles: Troubles;
  readonly logs: Logs;
  readonly figures: Figures;
  readonly before: State | null;
  readonly seed: number;
  readonly statePath: string;
  readonly planted: Set<string>;
  /** Those that have ended and are not judged yet. */
  readonly fresh: Call[];
  readonly all: Map<number, Call>;
  /** How long the section of a call lasts, where that is not left to chance. */
  readonly workMs: Map<number, () => number>;
  /** How many calls were killed or told to end, in this start: so many temporary folders may stay. */
  disturbed(): number;
  /** How often it was begun, or gone on with. */
  readonly start: number;
  say(text: string): void;
  violated(what: string, look: string): void;
  close(): Promise<void>;
}

const CALLS_PER_START = 1_000_000;

export async function openScene(options: Options): Promise<Scene> {
  const { dir } = options;
  const statePath = `${dir}/state.json`;
  const before = options.isResumed && existsSync(statePath) ? await loadState(statePath) : null;
  if (!options.isResumed && existsSync(`${dir}/locks.git`))
    throw new Error(`${dir} has a soak in it already: --resume ${dir} goes on with it`);
  const ground = await openGround(dir);
  await clearAway(ground);
  const seed = before?.seed ?? options.seed;
  const figures = { ...noFigures(), ...before?.figures };
  const [events, callsFile] = [appendTo(ground.path("events.log")), appendTo(ground.path("calls.jsonl"))];
  const say = (text: string) => void events.write(`${new Date().toISOString()} ${text}\n`);
  const finder = openSlotFinder(ground.repository, refOf, MOST_SLOTS);
  const workMs = new Map<number, () => number>();
  const plan = planOf(seed, options, workMs);
  const witness = await openWitness({ slotOf: finder.slotOf, plan });
  const plainEnv = { ...ground.env, PATH: `${ground.plainBin}:${ground.env.PATH}` };
  const servers = [await startServer(dir, ground.env, say), await startServer(dir, plainEnv, say)] as const;
  const start = (before?.start ?? 0) + 1;
  const book: Book = { fresh: [], all: new Map(), disturbed: 0 };
  const calls = openCalls({
    // No number is used twice, whatever a start before this one had no time to save.
    ...{ ground, firstId: (start - 1) * CALLS_PER_START + 1, witnessPort: witness.port },
    remotes: remotesOf(ground, servers),
    onStart: (call) => void book.all.set(call.id, call),
    onEnd: (call) => {
      keep(call, book, figures);
      writeCall(callsFile, call);
    },
  });
  return {
    ...{ options, ground, servers, witness, calls, figures, before, seed, statePath, start, workMs, say },
    ...{ logs: openLogs(ground), planted: new Set<string>(), fresh: book.fresh, all: book.all },
    troubles: openTroubles(before?.figures.sabotage ?? {}, say),
    violated: recordIn(figures, say),
    disturbed: () => book.disturbed,
    async close() {
      finder.close();
      await Promise.all(servers.map((server) => server.kill()));
      await witness.close();
      for (const left of processesOf(ground.mark)) signalSeen(left, "SIGKILL");
      for (const file of [events, callsFile]) await new Promise<void>((resolve) => file.end(resolve));
    },
  };
}

/** What a start before this one left that was killed. */
async function clearAway({ mark, temporary }: Ground): Promise<void> {
  for (const one of processesOf(mark)) signalSeen(one, "SIGKILL");
  await rm(temporary, { recursive: true, force: true, maxRetries: 10 });
  await mkdir(temporary);
}

function planOf(seed: number, { pace }: Options, workMs: ReadonlyMap<number, () => number>) {
  return (call: number) => {
    const random = randomOf(seed, `work ${call}`);
    const drawnMs = random.between(...pace.workMs);
    return {
      workMs: workMs.get(call)?.() ?? drawnMs,
      code: random.chance(0.1) ? OWN_CODES[1] : OWN_CODES[0],
    };
  };
}

function remotesOf({ repository }: Ground, [http, plain]: readonly [Server, Server]) {
  return {
    http: `${http.url}/locks.git`,
    plain: `${plain.url}/locks.git`,
    path: repository,
    ssh: `ssh://git@example.com${repository}`,
  };
}

interface Book {
  readonly fresh: Call[];
  readonly all: Map<number, Call>;
  disturbed: number;
}

function keep(call: Call, book: Book, figures: Figures): void {
  const { kind, way, code, marks } = call;
  book.fresh.push(call);
  if (marks.has("killed") || marks.has("told")) book.disturbed++;
  add(figures.calls, `${kind} by ${way}`);
  add(figures.exits, `${kind} ${code}${marks.has("killed") ? " (killed)" : ""}`);
}

function appendTo(path: string): WriteStream {
  return createWriteStream(path, { flags: "a" });
}

/** Each once, and no flood of them. */
function recordIn(figures: Figures, say: (text: string) => void) {
  const known = new Set(figures.violations.map(({ what }) => what));
  return (what: string, look: string) => {
    if (known.has(what)) return;
    known.add(what);
    say(`VIOLATION ${what} · ${look}`);
    const violation: Violation = { at: new Date().toISOString(), what, look };
    if (figures.violations.length < 200) figures.violations.push(violation);
  };
}

function writeCall(file: WriteStream, call: Call): void {
  const { ended: _, marks, out, err: __, said, ...rest } = call;
  const record = { ...rest, marks: [...marks], out: out.slice(-2000), said: said.slice(-60) };
  const at = new Date().toISOString();
  file.write(`${JSON.stringify({ at, ...record, words: rest.words.map((word) => word.slice(0, 100)) })}\n`);
}
