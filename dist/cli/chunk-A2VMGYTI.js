import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);

// src/lock/identity.ts
function handedNothing(identity) {
  return { nonces: /* @__PURE__ */ new Set(), handed: () => null, identity };
}
function isSameRun(a, b) {
  return a.repository.toLowerCase() === b.repository.toLowerCase() && a.id === b.id && a.attempt === b.attempt;
}
function isSameJob(a, b) {
  return isSameRun(a, b) && a.jobId !== null && a.jobId === b.jobId;
}
function describeIdentity({ run, process }) {
  if (run !== null) return `run ${run.id}, attempt ${run.attempt}, job ${run.job}`;
  if (process !== null) return `${process.user} on ${process.host}`;
  return "somebody who left no name";
}
function isRepository(text) {
  return /^[A-Za-z0-9][\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(text);
}

// src/lock/verdict.ts
var DEAD_AFTER_MS = 1e4;
function ageMs({ clock, date }, { readAtMs, seenMs }, ...keys) {
  if (clock === "server" && readAtMs !== null) return readAtMs - Date.parse(date);
  const seen = keys.find((key) => seenMs.has(key));
  return seen === void 0 ? 0 : seenMs.get(seen) ?? 0;
}
function deathOf(claim, commit, verdict, now, isFrozen) {
  if (isFrozen) return null;
  if (verdict?.state === "dead")
    return { outcome: "taken-over", why: verdict.why, forMs: deadForMs(verdict, commit, now) };
  const over = limitsOf(claim, commit, now).find(({ leftMs: leftMs2 }) => leftMs2 < 0);
  return over === void 0 ? null : { outcome: "expired", why: over.why, forMs: -over.leftMs };
}
function leftMs(claim, commit, now) {
  return Math.min(...limitsOf(claim, commit, now).map((limit) => limit.leftMs));
}
function limitsOf(claim, commit, now) {
  const { clock, acquiredClock, maxHoldSeconds, leaseSeconds } = claim;
  const acquired = { clock: acquiredClock, date: claim.acquiredAt ?? commit.date };
  const heldMs = ageMs(acquired, now, claim.nonce, commit.oid);
  const renewedMs = ageMs({ clock, date: commit.date }, now, commit.oid);
  return [
    { leftMs: (maxHoldSeconds ?? Infinity) * 1e3 - heldMs, why: "it is past its max-hold" },
    { leftMs: (leaseSeconds ?? Infinity) * 1e3 - renewedMs, why: "its lease ran out" }
  ];
}
function deadForMs({ sinceMs }, commit, { readAtMs, seenMs }) {
  if (readAtMs !== null) return readAtMs - (sinceMs ?? Date.parse(commit.date));
  return seenMs.get(deathKey(commit.oid)) ?? 0;
}
function deathKey(oid) {
  return `dead-${oid}`;
}

export {
  handedNothing,
  isSameRun,
  isSameJob,
  describeIdentity,
  isRepository,
  DEAD_AFTER_MS,
  ageMs,
  deathOf,
  leftMs,
  deathKey
};
