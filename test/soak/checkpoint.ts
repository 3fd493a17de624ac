/**
 * A look at everything that has been recorded so far, while the soak goes on: what it breaks of the rules, and what is counted.
 * Owns the order of looking; must not know the rules.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Call, shownCall } from "./calls.ts";
import { add } from "./figures.ts";
import { sizeOf } from "./ground.ts";
import { type Judged, judgeChain, judgeJournal, judgeSections } from "./judge.ts";
import type { LoggedHold } from "./logs.ts";
import { openFilesOf, processesOf } from "./processes.ts";
import type { Scene } from "./scene.ts";
import { saveState } from "./state.ts";
import { judgeCall } from "./told.ts";
import { NOTICE_MS, type Section } from "./witness.ts";

/** The longest wait, and after it all that a store in trouble may cost on the way in and on the way out. */
const LONGEST_MS = 300_000;
/** No trouble is felt longer: then a request has been given up. */
const FELT_MS = 65_000;

export async function checkpoint(scene: Scene, roundSecondsDone: number): Promise<void> {
  const { calls, figures, ground, logs, violated } = scene;
  // What a call was told stands in the log by the time it has ended: so the calls first, then the journal, then the logs.
  const ended = scene.fresh.splice(0);
  const journal = await readFile(join(ground.repository, "oracle.log"), "utf8");
  const byGit = (ref: string) => `git -C ${ground.repository} log --first-parent ${ref}`;
  for (const problem of await logs.read()) violated(problem, byGit(problem.split(" ")[0] ?? ""));
  for (const [ref, commits] of logs.commits)
    for (const problem of judgeChain(ref, commits)) violated(problem, byGit(ref));
  for (const problem of await judgeJournal(journal, logs.commits))
    violated(problem, `${ground.repository}/oracle.log`);
  for (const problem of judgeSections(sectionsOf(scene))) violated(problem, lookAtCalls(scene, problem));
  judgeCalls(scene, ended);
  for (const call of calls.live)
    if (performance.now() - call.startedMs > LONGEST_MS)
      violated(`call ${call.id} does not end`, shownCall(call));
  figures.conflicts = journal.split("\n").filter((line) => line.startsWith("aborted")).length;
  figures.changes = [...logs.commits.values()].reduce((sum, log) => sum + log.length, 0);
  countHolds(scene);
  await measure(scene);
  figures.checkpoints++;
  await save(scene, roundSecondsDone);
}

export async function save(scene: Scene, roundSecondsDone: number): Promise<void> {
  const { figures, logs } = scene;
  await saveState(scene.statePath, {
    ...{
      version: 1,
      seed: scene.seed,
      round: figures.rounds + 1,
      roundSecondsDone,
      start: scene.start,
    },
    tips: Object.fromEntries([...logs.commits].map(([ref, log]) => [ref, log.at(-1)?.oid ?? ""])),
    ...{
      figures: { ...figures, sabotage: Object.fromEntries(scene.troubles.counts) },
    },
  });
}

function lookAtCalls({ ground }: Scene, problem: string): string {
  const ids = [...problem.matchAll(/call (\d+)/g)].map(([, id]) => id);
  return `grep -E '"id":(${ids.join("|")}),' ${ground.path("calls.jsonl")}; ${ground.path("events.log")}`;
}

function sectionsOf({ witness, logs, all }: Scene): Judged[] {
  return witness.sections.flatMap((section) =>
    section.under.flatMap(({ name, nonce, token, slot: seen }): Judged[] => {
      const slot = logs.byNonce.get(nonce)?.slot ?? seen;
      if (slot === null) return [];
      // A process that was killed is gone before this is noticed; one that says that it ends says so before it does.
      const toleranceMs = section.code === null ? NOTICE_MS : 0;
      const endedMs = section.endedMs === null ? null : section.endedMs - toleranceMs;
      const { call, beganMs } = section;
      const mayOutlive = mayBeOutlived(section, all.get(call));
      return [{ call, register: `${name}#${slot}`, nonce, token, beganMs, endedMs, mayOutlive }];
    }),
  );
}

/** `run` ends its command in time, unless it can't; whoever took a lock by `acquire` has to look to that. */
function mayBeOutlived({ endedMs }: Section, call: Call | undefined): boolean {
  if (call === undefined) return false;
  if (call.kind === "run") return call.marks.has("stopped") || call.marks.has("watcher-killed");
  const lastedMs = (endedMs ?? performance.now()) - call.startedMs;
  return lastedMs > (call.leaseSeconds ?? 0) * 1000;
}

function judgeCalls(scene: Scene, ended: readonly Call[]): void {
  const { logs, witness, troubles, figures } = scene;
  const byCall = Map.groupBy(logs.holds, ({ call }) => call ?? -1);
  for (const call of ended) {
    const section = witness.sectionOf(call.id);
    const holds = (byCall.get(call.id) ?? []) as LoggedHold[];
    const until = call.endedMs ?? performance.now();
    const wasTrouble = troubles.during(call.startedMs - FELT_MS, until).length > 0;
    for (const problem of judgeCall(
      { ...call, endedAtMs: performance.timeOrigin + until },
      { logs, section, holds, wasTrouble },
    ))
      scene.violated(`call ${call.id}: ${problem}`, shownCall(call));
    if (call.code === 76) figures.lossesTold++;
    figures.longestCallMs = Math.max(figures.longestCallMs, Math.round(until - call.startedMs));
    if (call.kind === "run" && section !== undefined) countSection(scene, call, section);
    // What is judged is not needed any more; it stands in the file.
    call.out = "";
    call.err = "";
    call.said.length = 0;
  }
}

function countSection({ figures }: Scene, call: Call, section: Section): void {
  figures.sections++;
  figures.writes += section.writes;
  if (section.isFenced) figures.fenced++;
  const startMs = section.beganMs - call.startedMs;
  figures.startMs.push(Math.round(startMs));
  if (/acquired "[^"]*" after 0s/.test(call.err) && call.names.length === 1)
    figures.freeStartMs.push(Math.round(startMs));
}

function countHolds({ figures, logs }: Scene): void {
  figures.holds = {};
  for (const { outcome, isFreeze } of logs.holds) {
    add(figures.holds, "all");
    add(figures.holds, isFreeze ? `freezes ${outcome ?? "that last"}` : (outcome ?? "that last"));
  }
}

async function measure({ figures, ground }: Scene): Promise<void> {
  const processes = processesOf(ground.mark);
  const clients = processes.filter(({ command }) => command.includes("dist/cli.js"));
  const most = (before: number, ...now: number[]) => Math.max(before, ...now);
  figures.mostClientBytes = most(figures.mostClientBytes, ...clients.map((seen) => seen.residentBytes));
  figures.mostOwnBytes = most(figures.mostOwnBytes, process.memoryUsage.rss());
  figures.mostOpenFiles = most(figures.mostOpenFiles, openFilesOf("self"));
  figures.mostProcesses = most(figures.mostProcesses, processes.length);
  figures.foldersLeft = (await readdir(ground.temporary)).length;
  figures.cacheEntries = (await readdir(ground.cache, { recursive: true })).length;
  figures.diskBytes = await sizeOf(ground.dir);
}
