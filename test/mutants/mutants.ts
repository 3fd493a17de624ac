/**
 * Owns mistakes that somebody could make in the code, each as a change of its text, and the tests that must fail for it. Must not run anything.
 */

import type { WorldName } from "../simulation/worlds.ts";

export interface Mutant {
  readonly what: string;
  /** Below `src/`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Test files, any of which must fail; or a number of simulated seeds, one of which must break a promise, in one world or in all. */
  readonly tests: readonly string[] | { readonly seeds: number; readonly world?: WorldName };
}

const unit = (...names: readonly string[]) => names.map((name) => `test/unit/${name}.test.ts`);
const contract = (...names: readonly string[]) => names.map((name) => `test/contract/${name}.test.ts`);

export const MUTANTS: readonly Mutant[] = [
  {
    what: "claims carry no nonce of their own",
    file: "lock/attempt.ts",
    from: "nonce: ports.uuid(),",
    to: 'nonce: "nonce",',
    tests: { seeds: 200 },
  },
  {
    what: "updateRefs is not told what to expect",
    file: "github/update-refs.ts",
    from: "beforeOid: from ?? ZERO_OID,",
    to: "",
    tests: contract("github"),
  },
  {
    what: "who holds it is an actor, not a job",
    file: "lock/identity.ts",
    from: "return isSameRun(a, b) && a.jobId !== null && a.jobId === b.jobId;",
    to: "return a.actor === b.actor;",
    tests: unit("own"),
  },
  {
    what: "two jobs without an id are one",
    file: "lock/identity.ts",
    from: "a.jobId !== null && a.jobId === b.jobId;",
    to: "a.jobId === b.jobId;",
    tests: unit("own"),
  },
  {
    what: "attempts of a run are not told apart",
    file: "lock/identity.ts",
    from: "a.id === b.id && a.attempt === b.attempt",
    to: "a.id === b.id",
    tests: unit("own"),
  },
  {
    what: "a takeover deletes, and then creates",
    file: "lock/take.ts",
    from: "const outcome = await ask(attempt, (store) => store.transact(changesOf(attempt, hold, move)));",
    to: `if (move.after !== null)
    await ask(attempt, (store) =>
      store.transact([{ ref: logRef(attempt.wish.lock, hold.slot), from: hold.from, to: null }]),
    );
  const outcome = await ask(attempt, (store) =>
    store.transact(
      changesOf(attempt, move.after === null ? hold : { ...hold, from: null }, move),
    ),
  );`,
    tests: { seeds: 200 },
  },
  {
    what: "post gives back what was only entered",
    file: "lock/release.ts",
    from: "const give = hold.reentered",
    to: "const give = false",
    tests: contract("reentry"),
  },
  {
    what: "post forgets claims that never settled",
    file: "lock/release.ts",
    from: "for (const hold of left.holds.flatMap(wholeOf).toReversed()) {",
    to: "for (const hold of left.holds.filter(({ acquiredAtMs }) => acquiredAtMs !== null).toReversed()) {",
    tests: { seeds: 200 },
  },
  {
    what: "the holder ref decides instead of the log",
    file: "lock/snapshot.ts",
    from: "const oid = refs.logs.get(slot);",
    to: "const oid = refs.holders.get(slot);",
    tests: unit("decide", "snapshot"),
  },
  {
    what: "a ticket's name is used again",
    file: "lock/ticket.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of the code
    from: "ref: `${lock.prefix}queue/${digits}-${seconds}-${commit.oid}`,",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: and this, too
    to: 'ref: `${lock.prefix}queue/${digits}-${seconds}-${"0".repeat(40)}`,',
    tests: unit("ticket"),
  },
  {
    what: "the token is that of the entry before",
    file: "lock/approach.ts",
    from: "take(view, slot, tip.oid, tip.entry.sequence + 1, null)",
    to: "take(view, slot, tip.oid, tip.entry.sequence, null)",
    tests: unit("decide"),
  },
  {
    what: "what cannot be found is dead",
    file: "github/liveness.ts",
    from: "if (status === 404)\n    return unknown(",
    to: "if (status === 404)\n    return dead(",
    tests: contract("liveness"),
  },
  {
    what: "a job is dead as soon as it is completed",
    file: "lock/verdict.ts",
    from: "export const DEAD_AFTER_MS = 10_000;",
    to: "export const DEAD_AFTER_MS = 0;",
    tests: contract("liveness"),
  },
  {
    what: "this machine's clock tells how old a hold is",
    file: "lock/verdict.ts",
    from: 'if (clock === "server" && readAtMs !== null) return readAtMs - Date.parse(date);',
    to: "return Date.now() - Date.parse(date);",
    tests: unit("decide-expired", "leases"),
  },
  {
    what: "a hold is entered on a read",
    file: "lock/take.ts",
    from: "const { outcome, sentMs } = await renew(ports, own, patience).catch(",
    to: 'const { outcome, sentMs } = await Promise.resolve({ outcome: "applied" as const, sentMs: 0 }).catch(',
    tests: { seeds: 300, world: "reentry" },
  },
  {
    what: "max-hold counts from the wish",
    file: "lock/verdict.ts",
    from: "date: claim.acquiredAt ?? commit.date }",
    to: "date: claim.requestedAt }",
    tests: unit("decide-expired"),
  },
  {
    what: "max-hold counts from the last renewal",
    file: "lock/verdict.ts",
    from: "date: claim.acquiredAt ?? commit.date }",
    to: "date: commit.date }",
    tests: unit("decide-expired"),
  },
  {
    what: "silence is success",
    file: "lock/take.ts",
    from: 'if (outcome !== "applied") {\n    await refused',
    to: 'if (outcome === "conflict") {\n    await refused',
    tests: { seeds: 200 },
  },
  {
    what: "a claim is saved after it was sent",
    file: "lock/take.ts",
    from: "  if (before.hold === null) attempt.ports.journal.saveHold(hold);\n",
    to: "",
    tests: { seeds: 300 },
  },
  {
    what: "a claim that was sent is not settled by the log",
    file: "lock/decide.ts",
    from: "if (prepared === null || prepared.hold === null) return null;",
    to: "return null;",
    tests: unit("decide-doubt", "decide"),
  },
  {
    what: "a claim is written beside one that may yet land",
    file: "lock/approach.ts",
    from: "!isOurTurn || isSent ||",
    to: "!isOurTurn ||",
    tests: contract("slots-late"),
  },
  {
    what: "newcomers do not queue",
    file: "lock/decide.ts",
    from: "return ticket === null || freeze ? ahead.length === 0 : ahead.length < slots;",
    to: "return ticket === null || ahead.length < slots;",
    tests: unit("decide-queue"),
  },
  {
    what: "every waiter may take what has been free for a minute",
    file: "lock/approach.ts",
    from: "const needed = (ahead.length + 1) * ESCAPE_MS;",
    to: "const needed = ESCAPE_MS;",
    tests: unit("decide-queue", "decide-dead"),
  },
  {
    what: "a disagreement about slots is overlooked",
    file: "lock/decide.ts",
    from: "if (record !== null && record.slots !== self.slots) return slotsDiffer(record);",
    to: "",
    tests: unit("decide-slots"),
  },
  {
    what: "check reads, and does not write",
    file: "lock/check.ts",
    from: "const { outcome, claim, sentMs } = await renew(ports, own, patience);",
    to: 'const { outcome, claim, sentMs } = { outcome: "applied" as const, claim: own.tip, sentMs: 0 };',
    tests: { seeds: 300 },
  },
  {
    what: "a log without a trace of what was handed on is believed",
    file: "lock/own.ts",
    from: "if (mine.handed(lock) !== null && !isTraced)",
    to: "if (false)",
    tests: ["test/simulation/reentry.test.ts"],
  },
  {
    what: "a clear of the dead ends a hold that was renewed meanwhile",
    file: "lock/clear.ts",
    from: "exactly: !clearing.force && !(isExpected && tip.claim.freeze),",
    to: "exactly: false,",
    tests: [...unit("clear-rules"), ...contract("clear-races")],
  },
  {
    what: "force needs no oid",
    file: "lock/clear.ts",
    from: "const mayEnd = death !== null || (isExpected &&",
    to: "const mayEnd = death !== null || (",
    tests: unit("clear-rules"),
  },
  {
    what: "a freeze dies with its job",
    file: "lock/verdict.ts",
    from: "if (isFrozen) return null;",
    to: "",
    tests: contract("freeze"),
  },
  {
    what: "a lease that somebody else's clock dates is judged by that date",
    file: "lock/verdict.ts",
    from: 'if (clock === "server" && readAtMs !== null)',
    to: "if (readAtMs !== null)",
    tests: unit("leases"),
  },
  {
    what: "a lease counts from the answer",
    file: "lock/keep.ts",
    from: 'if (outcome === "applied") return { own: { ...own, tip: claim }, sentMs };',
    to: 'if (outcome === "applied") return { own: { ...own, tip: claim }, sentMs: ports.clock.monotonicMs() };',
    tests: { seeds: 100, world: "leases" },
  },
  {
    what: "a claim that was settled late is relied on at once",
    file: "lock/acquire.ts",
    from: "if (isFresh(ports, hold, leaseSeconds)) return hold;",
    to: "return hold;",
    tests: unit("leases"),
  },
  {
    what: "a waiting process does not renew its ticket",
    file: "lock/ticket-lease.ts",
    from: "return leaseSeconds === null ? Infinity : ticketSentMs + (leaseSeconds * 1000) / 3;",
    to: "return leaseSeconds === ticketSentMs ? 0 : Infinity;",
    tests: unit("leases"),
  },
  {
    what: "several names are taken in the order in which they were given",
    file: "lock/acquire-all.ts",
    from: "const ordered = locks.toSorted((a, b) => (a.encoded < b.encoded ? -1 : 1));",
    to: "const ordered = locks;",
    tests: ["test/simulation/exhaustive.test.ts"],
  },
  {
    what: "what was had of several names is kept when another can't be had",
    file: "lock/acquire-all.ts",
    from: "    await giveAllUp(ports, [...holds.values()], wish);\n",
    to: "",
    tests: ["test/simulation/exhaustive.test.ts"],
  },
  {
    what: "one renewal is enough, however late its answer",
    file: "lock/acquire.ts",
    from: "while (!isFresh(ports, { ...hold, sentAtMs }, leaseSeconds)) {",
    to: "for (const _ of [1]) {",
    tests: unit("keep"),
  },
];
