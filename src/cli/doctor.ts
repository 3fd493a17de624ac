/**
 * `doctor`: tries whether a remote and its credentials can keep locks.
 * Owns how the results are told; the trials themselves are in trials.ts.
 */
import { LockError } from "../lock/errors.ts";
import { parseName } from "../lock/name.ts";
import { readStatus } from "../lock/status.ts";
import { apiIn } from "./api.ts";
import type { Act } from "./call.ts";
import { exitStatusOf } from "./exit-status.ts";
import { LOOK_TROUBLE_MS, type Session, withSession } from "./session.ts";
import { namespaceOf, type Options, parseNames } from "./settings.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { json } from "./text.ts";
import { type Trial, tryOut } from "./trials.ts";
import { version } from "./version.ts";

export const doctorCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const locks = words.length === 0 ? [] : parseNames(words, options);
  const signal = call.stop.listen();
  const report = await withSession(call, signal, async (session) => {
    const { ports, remote, patience } = session;
    const own = parseName(`doctor-${ports.uuid()}`, namespaceOf(options));
    const trials = await tryOut(ports.store, own, signal);
    for (const lock of locks)
      trials.push(
        await attempt(`read "${lock.text}"`, () => readStatus(ports, lock, 1, patience(LOOK_TROUBLE_MS))),
      );
    return { ...surroundings(session, options), isThisRepository: remote.isThisRepository, trials };
  });
  if (options.json) await terminal.print(json(withoutErrors(report)));
  else await terminal.print(...layOut(report, terminal));
  return verdict(report.trials, terminal);
};

interface Report {
  readonly version: string;
  readonly remote: string;
  readonly namespace: string;
  /** Where runs are asked after, or why not. */
  readonly runs: string;
  readonly isThisRepository: boolean;
  readonly trials: readonly Trial[];
}

function surroundings({ remote }: Session, options: Options): Omit<Report, "trials" | "isThisRepository"> {
  const api = apiIn(process.env);
  const runs =
    "why" in api ? `whether a workflow run is alive is not known: ${api.why}` : `asked at ${api.url}`;
  return { version: version(), remote: remote.shown, namespace: namespaceOf(options), runs };
}

async function attempt(step: string, work: () => Promise<unknown>): Promise<Trial> {
  try {
    await work();
    return { step, result: "ok", detail: "", error: null };
  } catch (error) {
    if (!(error instanceof LockError) || error.kind === "cancelled") throw error;
    return { step, result: "failed", detail: error.message, error };
  }
}

/** For programs: what failed, without its trace. */
function withoutErrors({ trials, ...rest }: Report): object {
  return { ...rest, trials: trials.map(({ step, result, detail }) => ({ step, result, detail })) };
}

function layOut(report: Report, { paint }: Pick<Terminal, "paint">): string[] {
  const about = table(
    ["reflock", report.version],
    [
      { cells: ["remote", report.remote] },
      { cells: ["namespace", report.namespace] },
      { cells: ["runs", report.runs] },
    ],
  );
  const colours = { ok: "green", failed: "red", skipped: "dim", note: "yellow" } as const;
  const [, ...trials] = table(
    ["", ""],
    report.trials.map(({ result, step, detail }) => ({
      cells: [result, step],
      below: detail === "" ? [] : [detail],
    })),
  );
  const painted = trials.map((line) =>
    line.replace(/^(ok|failed|skipped|note)\b/, (word) => paint(colours[word as keyof typeof colours], word)),
  );
  return [...about, "", ...painted];
}

/** @throws what failed first, in words of its own kind */
function verdict(trials: readonly Trial[], terminal: Terminal): number {
  const failed = trials.find(({ result }) => result === "failed");
  if (failed === undefined) {
    terminal.say("locks can be kept here");
    return 0;
  }
  terminal.fail(`locks can't be kept here: "${failed.step}" failed`);
  return failed.error === null ? 69 : exitStatusOf(failed.error, { conflict: 69, signal: null });
}
