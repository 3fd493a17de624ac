/**
 * Whether what a call was told, by its exit status and its words, is what the log says. Owns what is to be expected of each command, as the documentation
 * has it; must not know how calls come about, and must never import the code under test.
 */
import type { Call, Kind } from "./calls.ts";
import type { LoggedHold, Logs } from "./logs.ts";
import { FENCED, type Section } from "./witness.ts";

export type ToldCall = Pick<Call, "id" | "kind" | "words" | "marks" | "code" | "out" | "err"> & {
  /** By this machine's wall clock, as commits are dated. */
  readonly endedAtMs: number;
};

export interface Evidence {
  readonly logs: Pick<Logs, "byNonce" | "byClaim">;
  readonly section: Section | undefined;
  /** Those in the log that this call took. */
  readonly holds: readonly LoggedHold[];
  /** Whether anything was wrong with the server while it ran, or shortly before. */
  readonly wasTrouble: boolean;
}

const UNREACHABLE = 69;
const NOT_ACQUIRED = 75;
const LOST = 76;
const SIGNALLED = [129, 130, 143];
/** With what guarded commands end that were not disturbed. */
export const OWN_CODES = [0, 7] as const;

const OWN: readonly number[] = [...OWN_CODES, FENCED];

const EXPECTED: Readonly<Record<Kind, readonly number[]>> = {
  run: [...OWN, UNREACHABLE, NOT_ACQUIRED, LOST],
  acquire: [0, UNREACHABLE, NOT_ACQUIRED, LOST],
  release: [0, UNREACHABLE, LOST],
  check: [0, UNREACHABLE, LOST],
  status: [0, UNREACHABLE],
  log: [0, UNREACHABLE],
  clear: [0, UNREACHABLE, NOT_ACQUIRED],
  freeze: [0, UNREACHABLE, NOT_ACQUIRED],
  "end-freeze": [0, UNREACHABLE, NOT_ACQUIRED],
};

/** What says that something stays, or may stay, held. */
const LEFT = /not given back|left behind|may be left/;

export function judgeCall(call: ToldCall, evidence: Evidence): string[] {
  const { kind, code, marks } = call;
  const problems = kind === "run" ? sectionProblems(call, evidence) : [];
  // Whoever was killed was told nothing.
  if (marks.has("killed")) return problems;
  const expected = [...EXPECTED[kind], ...(marks.has("told") ? SIGNALLED : [])];
  if (code === null || !expected.includes(code)) problems.push(`${kind} ended with ${code}`);
  if (code === UNREACHABLE && !evidence.wasTrouble)
    problems.push("it says that the store is out of reach, and nothing was wrong with it");
  problems.push(...wordProblems(call));
  if (kind === "run") problems.push(...runProblems(call, evidence));
  else if (kind === "acquire" || kind === "freeze") problems.push(...takeProblems(call, evidence));
  else problems.push(...otherProblems(call, evidence));
  return problems;
}

/** Every line on stderr is ours and is meant for people. */
function wordProblems({ err, code }: ToldCall): string[] {
  const lines = err.split("\n").filter((line) => line !== "");
  const strange = lines.find(
    (line) => !/^(reflock: |Usage: )/.test(line) || /\bundefined\b|\[object |^\s+at /.test(line),
  );
  const problems = strange === undefined ? [] : [`it said what is not for people: ${strange.slice(0, 200)}`];
  if (code !== null && [UNREACHABLE, NOT_ACQUIRED, LOST].includes(code) && lines.length === 0)
    problems.push(`it ended with ${code} and said nothing`);
  return problems;
}

function sectionProblems(_: ToldCall, { section, logs }: Evidence): string[] {
  return (section?.under ?? []).flatMap(({ nonce, token, name }) => {
    const hold = logs.byNonce.get(nonce);
    if (hold === undefined) return [`it worked under a hold of ${name} that is in no log: ${nonce}`];
    return hold.sequence === token && hold.lock === name
      ? []
      : [`it worked under token ${token} of ${name}, which is ${hold.sequence} of ${hold.lock} in the log`];
  });
}

/** Those that lasted when the call had ended: what others had ended before, it had seen. */
function leftIn(holds: readonly LoggedHold[], { endedAtMs }: ToldCall): LoggedHold[] {
  return holds.filter(({ outcome, endedAtMs: at }) => outcome === null || (at ?? 0) > endedAtMs + 1000);
}

function runProblems(call: ToldCall, { section, holds }: Evidence): string[] {
  const { code, err, marks } = call;
  const problems: string[] = [];
  const isOwn = code !== null && OWN.includes(code);
  if (section === undefined) {
    if (isOwn) problems.push(`it ended with ${code}, as if its command had, which never began`);
  } else {
    if (code === NOT_ACQUIRED || code === UNREACHABLE)
      problems.push(`it ended with ${code}, and its command had been running`);
    if (section.code !== null && isOwn && code !== section.code)
      problems.push(`its command ended with ${section.code}, and it with ${code}`);
  }
  // A claim of which it was never told that it had landed may have been ended by others: it began anew.
  const worked = new Set(section?.under.map(({ nonce }) => nonce));
  const own = section === undefined ? holds : holds.filter(({ nonce }) => worked.has(nonce));
  const ended = own.filter(({ outcome }) => outcome !== null && outcome !== "released");
  const stays = holds.filter(({ outcome }) => outcome === null);
  if (code !== LOST && section !== undefined && ended.length > 0 && !LEFT.test(err))
    problems.push(`its hold was ${ended[0]?.outcome} by another, and it was not told`);
  const left = leftIn(holds, call).filter(({ nonce }) => !worked.has(nonce));
  if (code !== LOST && left.length > 0 && !LEFT.test(err) && !marks.has("stopped"))
    problems.push(`it left a hold behind (${left[0]?.outcome ?? "it lasts"}), and did not say so`);
  if (stays.length > 0 && !LEFT.test(err))
    problems.push("it has ended, its hold has not, and it did not say so");
  if (code === LOST && !/\blost\b|max-hold/.test(err)) problems.push("it does not say what was lost");
  if (
    code === LOST &&
    ended.length === 0 &&
    stays.length === 0 &&
    !/lease is about|max-hold|did not answer/.test(err)
  )
    problems.push("it says that its hold was lost, which was given back by itself");
  return problems;
}

function takeProblems(call: ToldCall, { logs, holds }: Evidence): string[] {
  const { kind, code, out, err, id } = call;
  if (code !== 0) {
    const silent = leftIn(holds, call);
    return silent.length === 0 || LEFT.test(err)
      ? []
      : [
          `it took nothing, by its own words, and the log has a hold of it: ${silent[0]?.outcome ?? "which lasts"}`,
        ];
  }
  try {
    const document = JSON.parse(out) as { holds: Record<string, unknown>[] };
    return document.holds.flatMap(({ claim, nonce, fencingToken, slot, name }) => {
      const hold = logs.byClaim.get(String(claim));
      if (hold === undefined) return [`its claim ${claim} is in no log`];
      const isSame = hold.nonce === nonce && hold.sequence === fencingToken && hold.slot === slot;
      return isSame && hold.lock === name && hold.call === id && hold.isFreeze === (kind === "freeze")
        ? []
        : [`it says token ${fencingToken} in slot ${slot} of ${name}, and the log another`];
    });
  } catch {
    return ["its document can't be read"];
  }
}

function otherProblems({ kind, code, words, out }: ToldCall, { logs }: Evidence): string[] {
  const oid = words.find((word) => /^[0-9a-f]{40}$/.test(word));
  const hold = oid === undefined ? undefined : logs.byClaim.get(oid);
  const outcome = hold?.outcome ?? null;
  if (oid !== undefined && hold === undefined) return [`there was no claim ${oid}`];
  if (kind === "release" && code === 0 && outcome !== "released")
    return [`it says that it was given back, and the log: ${outcome}`];
  if (kind === "release" && code === LOST && (outcome === null || outcome === "released"))
    return [`it says that it was lost, and the log: ${outcome ?? "it lasts"}`];
  if (kind === "check" && code === 0 && (hold?.claims.length ?? 0) < 2)
    return ["it says that it was renewed, and the log has no renewal"];
  if (kind === "check" && code === LOST && outcome === null)
    return ["it says that it was lost, and it lasts"];
  if (kind === "end-freeze" && code === 0 && outcome !== "cleared")
    return [`it says that the freeze was cleared, and the log: ${outcome ?? "it lasts"}`];
  if (kind === "status" && code === 0) return statusProblems(out, logs);
  return [];
}

/** Whoever it shows as a holder has held: a read may be late, but it can't be of what never was. */
function statusProblems(out: string, { byClaim }: Evidence["logs"]): string[] {
  try {
    const { locks } = JSON.parse(out) as { locks: { name: string; holders: { claim: string }[] }[] };
    return locks.flatMap(({ name, holders }) =>
      holders
        .filter(({ claim }) => !byClaim.has(claim))
        .map(({ claim }) => `it shows a holder of ${name} that no log has: ${claim}`),
    );
  } catch {
    return ["its document can't be read"];
  }
}
