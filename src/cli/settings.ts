/**
 * What the user wrote, checked before any request is made.
 * Owns what is wrong with options and names; must not act on them.
 */
import { parseDuration } from "../lock/duration.ts";
import { LockError } from "../lock/errors.ts";
import { DEFAULT_NAMESPACE, type LockName, parseName, parseNamespace } from "../lock/name.ts";
import type { Oid } from "../lock/refs.ts";

/** Options as they were written; each command has some of them. */
export interface Options {
  readonly remote?: string;
  /** `false` for `--no-wait`. */
  readonly wait?: string | false;
  readonly conflictExitCode?: string;
  readonly slots?: string;
  readonly reason?: string;
  readonly maxHold?: string;
  readonly lease?: string;
  readonly claim?: readonly string[];
  readonly expect?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly limit?: string;
  readonly namespace?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

export function usage(message: string): LockError {
  return new LockError("usage", message);
}

export function namespaceOf({ namespace }: Options): string {
  return parseNamespace(namespace ?? DEFAULT_NAMESPACE);
}

/** Each once, in the order in which they were written. @throws LockError `usage` */
export function parseNames(names: readonly string[], options: Options): readonly LockName[] {
  const namespace = namespaceOf(options);
  if (names.length === 0) throw usage("Name a lock, such as `publish`.");
  const parsed = names.map((name) => parseName(name, namespace));
  return parsed.filter(
    ({ encoded }, index) => parsed.findIndex((other) => other.encoded === encoded) === index,
  );
}

/** For what may be done to all locks: `*`, and where `otherwise` says so, no name at all. */
export function parseNamesOrAll(
  names: readonly string[],
  options: Options,
  otherwise: "all" | "none",
): readonly LockName[] | "all" {
  if (names.length === 0 && otherwise === "all") return "all";
  if (!names.includes("*")) return parseNames(names, options);
  if (names.length > 1) throw usage("`*` means all locks, and can't stand beside others. Name either.");
  namespaceOf(options);
  return "all";
}

/**
 * Names, each with the oid of its claim behind it where one was given: `publish 3f2a… docs`.
 * @param claims those that `--claim` gave
 */
export function parseNamesAndClaims(
  words: readonly string[],
  options: Options,
): { readonly locks: readonly LockName[]; readonly claims: readonly Oid[] } {
  const isClaim = (word: string, index: number) => index > 0 && OID.test(word);
  const names = words.filter((word, index) => !isClaim(word, index));
  const claims = [
    ...words.filter(isClaim),
    ...(options.claim ?? []).map((text) => parseOid(text, "--claim")),
  ];
  return { locks: parseNames(names, options), claims: claims.map((oid) => oid.toLowerCase()) };
}

const OID = /^([0-9a-f]{40}|[0-9a-f]{64})$/i;

export function parseOid(text: string, option: string): Oid {
  if (OID.test(text)) return text.toLowerCase();
  throw usage(
    `\`${option} ${quoted(text)}\` is not the oid of a claim: 40 hexadecimal digits, as \`reflock acquire\` printed them and \`reflock status\` shows them.`,
  );
}

/** A person at a terminal sees what is waited for, and can end it; nobody sees a cron job. */
export function waitMsOf({ wait }: Options, isInteractive: boolean): number {
  if (wait === false) return 0;
  if (wait !== undefined) return parseDuration(wait, "--wait");
  return isInteractive ? Number.POSITIVE_INFINITY : parseDuration("1h", "--wait");
}

export function conflictStatusOf({ conflictExitCode: text = "75" }: Options): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return Number(text);
  throw usage(`\`--conflict-exit-code ${quoted(text)}\` is not a whole number from 0 to 255.`);
}

export function slotsOf({ slots: text = "1" }: Options): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw usage(`\`--slots ${quoted(text)}\` is not a whole number from 1 to 999.`);
}

export function limitOf({ limit: text = "20" }: Options): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw usage(`\`--limit ${quoted(text)}\` is not a whole number from 1 to 9999.`);
}

export function reasonOf({ reason }: Options): string | null {
  if (reason !== undefined && reason.length > 1000)
    throw usage("`--reason` is longer than 1000 characters. Shorten it.");
  return reason === undefined || reason === "" ? null : reason;
}

/** @returns `null` for none, or for `forever` */
export function maxHoldSecondsOf({ maxHold }: Options): number | null {
  return limitSeconds(maxHold, "--max-hold");
}

/** A third for each renewal, a third for what goes wrong, and a third to end the command. */
const SHORTEST_LEASE_SECONDS = 3;

/** @returns `null` for none */
export function leaseSecondsOf({ lease }: Options, otherwise: string | null): number | null {
  const seconds = limitSeconds(lease ?? otherwise ?? undefined, "--lease");
  if (seconds !== null && seconds < SHORTEST_LEASE_SECONDS)
    throw usage(
      `\`--lease ${quoted(lease ?? "")}\` is too short to be renewed in time, and to end a command in time where it can't be. Write ${SHORTEST_LEASE_SECONDS}s or more.`,
    );
  return seconds;
}

function limitSeconds(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const ms = parseDuration(text, option);
  if (ms === 0)
    throw usage(`\`${option} 0\` would let others take the lock over at once. Write such as \`2h\`.`);
  return ms === Number.POSITIVE_INFINITY ? null : ms / 1000;
}

/** What is cleared by force is named and explained: nobody ends a living hold by a slip of the hand. */
export function clearingOf(options: Options): {
  readonly expect: Oid | null;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly reason: string | null;
} {
  const { expect, force = false, dryRun = false } = options;
  const reason = reasonOf(options);
  if (force && (expect === undefined || reason === null))
    throw usage(
      "`--force` ends what may be alive. Say which by `--expect OID`, as `reflock status` shows it, and why by `--reason TEXT`.",
    );
  return { expect: expect === undefined ? null : parseOid(expect, "--expect"), force, dryRun, reason };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60)).slice(1, -1);
}
