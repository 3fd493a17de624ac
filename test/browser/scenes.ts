/**
 * What steps may have seen, in a few situations, for summaries that people and tests look at.
 * Owns the situations; must not know how a page is made of them, nor who looks at it.
 */

import type { Surroundings } from "../../src/action/summary-page.ts";
import { type Note, nothingSeen, type Seen } from "../../src/action/summary-seen.ts";
import { encodeClaim } from "../../src/lock/claim.ts";
import { type Entry, encodeEntry } from "../../src/lock/entry.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Identity } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import type { HolderStatus, LockStatus } from "../../src/lock/report.ts";
import { claimFields, entryFields, job } from "../unit/situations.ts";

export interface Scene {
  readonly title: string;
  readonly seen: Seen;
}

const NOON = Date.parse("2026-11-21T12:00:00Z");
const MINUTE = 60;

/** Where all of them end. */
export const SURROUNDINGS: Surroundings = {
  nowMs: NOON + 40 * MINUTE * 1000,
  serverUrl: "https://github.com",
  ownRepository: "octo/app",
  mostBytes: 1024 * 1024,
};

const iso = (second: number): string => new Date(NOON + second * 1000).toISOString().replace(".000Z", "Z");

/** A lock whose history is written down hold by hold. Seconds count from noon. */
function history(name: string, who: Identity | null = job(812)) {
  const lock = parseName(name);
  const seen = Object.assign(nothingSeen(), { repository: "octo/app", who, startedAtMs: NOON });
  const tips = new Map<number, string>();
  let commits = 0;
  const put = (slot: number, message: string, second: number): string => {
    const oid = (++commits).toString(16).padStart(40, "a7e3");
    const parent = tips.get(slot);
    seen.commits.set(oid, { oid, parents: parent === undefined ? [] : [parent], message, date: iso(second) });
    seen.tips.set(`${lock.prefix}log/${slot}`, new Set([oid]));
    tips.set(slot, oid);
    return oid;
  };
  let sequence = 40;
  return {
    lock,
    seen,
    note: (note: Note) => void seen.notes.push(note),
    held(by: Identity, from: number, to: number, more: Partial<Entry> = {}, slot = 1): void {
      const nonce = `nonce-${commits}`;
      put(slot, encodeClaim(claimFields({ nonce, lock: name, slot, who: by, reason: null })), from);
      const fields = { ends: nonce, lock: name, slot, by, heldSeconds: to - from, sequence: ++sequence };
      put(slot, encodeEntry(entryFields({ ...fields, ...more })), to);
    },
    holds(by: Identity, from: number, more: Partial<Hold> & { reason?: string } = {}): Hold {
      const { slot = 1, reason = null, nonce = `nonce-${commits}` } = more;
      const from_ = tips.get(slot) ?? null;
      const fields = claimFields({ nonce, lock: name, slot, slots: more.slots ?? 1, who: by, reason });
      const claim = put(slot, encodeClaim(fields), from);
      return {
        ...{ lock, slot, slots: 1, nonce, claim, from: from_, sequence: ++sequence, waitedSeconds: 0 },
        ...{ acquiredAtMs: NOON + from * 1000, reentered: false },
        ...more,
      };
    },
  };
}

function person(by: Identity, since: number, more: Partial<HolderStatus> = {}): HolderStatus {
  const { id = null, attempt = null, job: name = null, url = null, actor = "" } = by.run ?? {};
  return {
    ...{
      claim: "b".repeat(40),
      ref: `refs/locks/x/queue/${id}`,
      run: id,
      attempt,
      job: name,
      url,
      who: actor,
    },
    ...{ reason: null, freeze: false, since: iso(since), alive: "alive", why: "its job is in_progress" },
    ...more,
  };
}

const [mona, hubot, ada] = [
  job(811, { actor: "mona" }),
  job(813, { actor: "hubot", job: "release" }),
  job(815, { actor: "ada-lovelace" }),
];
const us = job(812);

function acquired(): Scene {
  const lock = history("publish");
  lock.held(ada, -20 * MINUTE, -12 * MINUTE, { waitedSeconds: 95 });
  lock.held(mona, -10 * MINUTE, 12 * MINUTE + 20, { waitedSeconds: 5 });
  const ours = lock.holds(us, 12 * MINUTE + 21, { waitedSeconds: 12 * MINUTE + 15, reason: "release 2.1" });
  lock.seen.waiters.set("refs/locks/publish/queue/00000002", {
    ...{ lock: "publish", waiter: person(hubot, 4 * MINUTE), goneAtMs: null },
  });
  lock.note({ kind: "acquired", holds: [ours] });
  return { title: "Acquired after a wait", seen: lock.seen };
}

function alone(): Scene {
  const lock = history("publish");
  lock.held(mona, -9 * 86_400, -9 * 86_400 + 240);
  lock.note({ kind: "acquired", holds: [lock.holds(us, 40 * MINUTE - 1)] });
  return { title: "Acquired at once", seen: lock.seen };
}

function inVain(): Scene {
  const lock = history("publish");
  const theirs = lock.holds(mona, -95 * MINUTE, { reason: "nightly build of everything" });
  const holder = person(mona, -95 * MINUTE, {
    ...{ claim: theirs.claim, ref: "refs/locks/publish/holder/1", reason: "nightly build of everything" },
    ...{ alive: "unknown", why: "the token may not read runs: give it `actions: read`" },
  });
  const status: LockStatus = {
    ...{ name: "publish", slots: 1, holders: [holder] },
    waiters: [person(hubot, -20 * MINUTE), person(ada, 5 * MINUTE)],
  };
  const message =
    'Could not acquire "publish" within 40m: held by run 811, attempt 1, job publish (https://github.com/octo/app/actions/runs/811/attempts/1) since 2026-11-21 10:25:00 UTC, reason: nightly build of everything. 2 more wait for it. Raise `wait`, or clear the lock if that run is gone.';
  lock.note({ kind: "not-acquired", message, status });
  return { title: "Not acquired", seen: lock.seen };
}

function slots(): Scene {
  const lock = history("upload (EU)");
  lock.held(ada, -50 * MINUTE, -31 * MINUTE, { waitedSeconds: 240 }, 1);
  lock.held(mona, -44 * MINUTE, -5 * MINUTE, {}, 2);
  const taken = { outcome: "taken-over", by: ada, reason: "its job is completed (cancelled)" } as const;
  lock.held(hubot, -30 * MINUTE, 2 * MINUTE, { ...taken, heldSeconds: null }, 1);
  const first = lock.holds(ada, 2 * MINUTE, { slot: 1, slots: 2 });
  const second = lock.holds(job(820), 11 * MINUTE, { slot: 2, slots: 2 });
  const holders = [first, second].map(({ claim }) => person(ada, 0, { claim }));
  const status = { name: "upload (EU)", slots: 2, holders, waiters: [person(job(821), 12 * MINUTE)] };
  lock.note({ kind: "status", statuses: [status] });
  return { title: "Status of two slots", seen: lock.seen };
}

function cleared(): Scene {
  const lock = history("publish");
  const by = job(830, { actor: "mona", job: "clear" });
  lock.held(hubot, -3 * 3600, 30 * MINUTE, { outcome: "cleared", by, reason: "the runner burnt down" });
  const result = { lock: { text: "publish" }, what: "the hold of slot 1", oid: "c".repeat(40) };
  const results = [{ ...result, result: "cleared", why: "the runner burnt down" }];
  const status = { name: "publish", slots: 1, holders: [], waiters: [] };
  lock.note({ kind: "cleared", statuses: [status], results });
  return { title: "Cleared", seen: lock.seen };
}

function frozen(): Scene {
  const lock = history("deploy", job(840, { actor: "mona" }));
  const freeze = { nonce: "freeze", slots: 2 };
  const holds = [1, 2].map((slot) =>
    lock.holds(job(840, { actor: "mona" }), 39 * MINUTE, { ...freeze, slot, reason: "incident 42" }),
  );
  for (const [oid, commit] of lock.seen.commits)
    lock.seen.commits.set(oid, {
      ...commit,
      message: commit.message.replace('"freeze": false', '"freeze": true'),
    });
  lock.note({ kind: "frozen", holds });
  return { title: "Frozen", seen: lock.seen };
}

/** Our first hold, of which the log has no more than what ended it. */
function ended(more: Partial<Entry>) {
  const lock = history("publish");
  lock.held(us, 2 * MINUTE, 30 * MINUTE, { waitedSeconds: 47, ...more });
  const [claim = ""] = lock.seen.commits.keys();
  const saved = { slot: 1, slots: 1, nonce: "nonce-0", from: null, sequence: 41, reentered: false };
  const hold: Hold = { ...saved, lock: lock.lock, claim, waitedSeconds: 47, acquiredAtMs: NOON + 120_000 };
  return { ...lock, hold };
}

function givenBack(): Scene {
  const lock = ended({});
  const given = { kind: "released", heldSeconds: 28 * MINUTE } as const;
  lock.note({ kind: "ended", hold: lock.hold, given, isLoss: false });
  return { title: "Given back", seen: lock.seen };
}

function lost(): Scene {
  const by = job(830, { actor: "mona", job: "clear" });
  const cleared = { outcome: "cleared", by, reason: "it seemed to hang" } as const;
  const lock = ended(cleared);
  lock.holds(hubot, 31 * MINUTE);
  const given = { kind: "ended", entry: entryFields(cleared) } as const;
  lock.note({ kind: "ended", hold: lock.hold, given, isLoss: true });
  return { title: "Lost", seen: lock.seen };
}

/** The same as `inVain` and more, with a text in every place that comes from outside. */
export function hostileScene(text: string, name = "publish"): Scene {
  const theirs = job(666, { actor: text, job: text, url: text, workflow: text, runner: text });
  const lock = history(name, job(812, { actor: text, job: text, url: text }));
  lock.held(theirs, -50 * MINUTE, -31 * MINUTE, { outcome: "cleared", reason: text, waitedSeconds: 60 });
  const hold = lock.holds(theirs, -20 * MINUTE, { reason: text });
  const holder = person(theirs, -20 * MINUTE, { claim: hold.claim, reason: text, why: text, alive: "dead" });
  const waiter = person(theirs, -10 * MINUTE, { reason: text, why: text });
  const status: LockStatus = { name, slots: 1, holders: [holder], waiters: [waiter] };
  const result = { lock: { text: name }, what: "the hold of slot 1", oid: hold.claim, result: "refused" };
  lock.note({ kind: "not-acquired", message: text, status });
  lock.note({ kind: "cleared", statuses: [status], results: [{ ...result, why: text }] });
  lock.note({ kind: "not-given-back", hold, message: text });
  const entry = entryFields({ outcome: "cleared", by: theirs, reason: text });
  lock.note({ kind: "ended", hold, given: { kind: "ended", entry }, isLoss: true });
  return { title: "Hostile", seen: lock.seen };
}

export const SCENES: readonly (() => Scene)[] = [
  ...[acquired, alone, inVain, slots, cleared, frozen, givenBack, lost],
];
