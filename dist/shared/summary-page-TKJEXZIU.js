import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  clip,
  describeEnding,
  describeIdentity,
  formatDuration,
  parseName,
  plain,
  readRecord
} from "./chunk-CYSCPVMA.js";

// src/action/summary-text.ts
function html(parts) {
  return parts.map((part) => typeof part === "string" ? part : `<code>${escaped(shown(part.outside))}</code>`).join("");
}
function shown(text) {
  return plain(clip(text)).toWellFormed() || " ";
}
function escaped(text) {
  return text.replaceAll(/[!-'*+:-@[-`{-~]/g, reference);
}
function reference(character) {
  return `&#${character.codePointAt(0)};`;
}
function runLink(text, url, serverUrl) {
  const path = url?.startsWith(`${serverUrl}/`) ? url.slice(serverUrl.length) : "";
  const isRun = /^\/[\w-]+\/[\w.-]+\/actions\/runs\/\d+(\/attempts\/\d+)?$/.test(path);
  const isServer = /^https?:\/\/[\w.-]+(:\d+)?(\/[\w-]+)*$/.test(serverUrl);
  return isRun && isServer ? `<a href="${url}">${text}</a>` : text;
}
var DIAGRAM_TEXT = 40;
function diagramText(text) {
  const characters = [...plain(text).toWellFormed()];
  const short = characters.length > DIAGRAM_TEXT ? `${characters.slice(0, DIAGRAM_TEXT).join("")}\u2026` : characters.join("");
  return short.replaceAll(
    /[!-'*+/:-@[-`{-~\uFB02\u00B0\u00B6]/g,
    (character) => reference(character).slice(1)
  );
}
function yamlText(text) {
  const literal = text.replaceAll(/\$\{\{/g, (opening) => `${opening} '${opening}' }}`);
  if (/^[ !#-%'-;=?-[\]-_a-~]*$/.test(literal)) return `"${literal}"`;
  return JSON.stringify(literal).replaceAll(
    /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[<>&`]/gu,
    (character) => [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")
  );
}
function shellText(text) {
  if (/^[A-Za-z0-9_./:@-]+$/.test(text)) return text;
  if (/^[ -%(-;=?-[\]-_a-~]*$/.test(text)) return `'${text}'`;
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text) && !/['\\<>&`]/.test(text)) return `'${text}'`;
  const inner = text.replaceAll(/[^\p{L}\p{M}\p{N} ,./:@-]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    if (code < 128) return `\\x${digits.padStart(2, "0")}`;
    return digits.length < 5 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
  });
  return `$'${inner}'`;
}

// src/action/summary-clear.ts
var ACTION = "reflock/reflock@v1";
var REASON = "why it has to end";
var MOST_HOLDS = 3;
function clearance({ repository, tips }, name, rows, { serverUrl, ownRepository }) {
  const held = rows.filter(({ kind, isOpen, claim }) => kind === "hold" && isOpen && claim !== null);
  const freeze = held.find(({ isFreeze }) => isFreeze);
  const ended2 = freeze === void 0 ? held.slice(0, MOST_HOLDS) : [freeze];
  if (ended2.length === 0) return null;
  const namespace = [...tips.keys()][0]?.split("/").slice(0, -3).join("/") ?? "refs/locks";
  const isElsewhere = repository.toLowerCase() !== ownRepository.toLowerCase();
  const remote = `${serverUrl}/${repository}.git`;
  const shell = ended2.map(
    (row) => [
      `reflock clear --remote ${shellText(remote)} \\
 `,
      ...namespace === "refs/locks" ? [] : [`--namespace ${shellText(namespace)}`],
      `--expect ${row.claim}`,
      ...needsForce(row) ? [`--force --reason ${shellText(REASON)}`] : [],
      `-- ${shellText(name)}`
    ].join(" ")
  );
  const yaml = ended2.flatMap((row) => [
    `- uses: ${ACTION}`,
    "  with:",
    "    operation: clear",
    `    name: ${yamlText(name)}`,
    ...isElsewhere ? [`    repository: ${yamlText(repository)}`] : [],
    ...namespace === "refs/locks" ? [] : [`    namespace: ${yamlText(namespace)}`],
    `    expect: ${row.claim}`,
    ...needsForce(row) ? ["    force: true", `    reason: ${REASON}`] : []
  ]);
  return { shell, yaml };
}
function needsForce({ isFreeze, status }) {
  return !isFreeze && status?.alive !== "dead";
}

// src/action/summary-holds.ts
function knownHolds({ tips, commits, who: who2 }, encoded, ours) {
  const known = /* @__PURE__ */ new Map();
  for (const [ref, oids] of tips) {
    const [name, , slot] = ref.split("/").slice(-3);
    if (name !== encoded) continue;
    const done = /* @__PURE__ */ new Set();
    for (const tip of oids) {
      for (let commit = commits.get(tip); commit !== void 0 && !done.has(commit.oid); ) {
        done.add(commit.oid);
        addCommit(known, commit, Number(slot), commits);
        commit = commits.get(commit.parents[0] ?? "");
      }
    }
  }
  for (const hold of ours) addOurs(known, hold, who2);
  const nonces = new Set(ours.map(({ nonce }) => nonce));
  return [...known.values()].map((hold) => ({ ...hold, isOurs: nonces.has(hold.nonce) }));
}
function holdOf(known, slot, nonce) {
  const key = `${slot} ${nonce}`;
  const hold = known.get(key) ?? {
    slot,
    nonce,
    claims: /* @__PURE__ */ new Set(),
    isOurs: false,
    who: null,
    fromMs: null,
    token: null,
    isFreeze: false,
    reason: null,
    waitedSeconds: null,
    end: null
  };
  known.set(key, hold);
  return hold;
}
function addCommit(known, commit, slot, commits) {
  const record = readRecord(commit);
  if (record.kind === "foreign") return;
  if (record.kind === "entry") {
    const { entry } = record;
    const { ends, sequence, waitedSeconds } = entry;
    const atMs = dateOf(commit.date);
    const end2 = atMs === null ? null : { entry, atMs };
    Object.assign(holdOf(known, slot, ends), { end: end2, token: sequence, waitedSeconds });
    return;
  }
  const { claim } = record;
  const hold = holdOf(known, slot, claim.nonce);
  const { who: who2, reason, freeze: isFreeze } = claim;
  hold.claims.add(commit.oid);
  const fromMs = dateOf(claim.acquiredAt ?? commit.date) ?? hold.fromMs;
  Object.assign(hold, { who: who2, reason, isFreeze, fromMs });
  hold.token ??= claim.sequence ?? tokenAfter(commits.get(commit.parents[0] ?? ""), commit);
}
function tokenAfter(parent, claim) {
  if (parent === void 0) return claim.parents.length === 0 ? 1 : null;
  const record = readRecord(parent);
  return record.kind === "entry" ? record.entry.sequence + 1 : null;
}
function addOurs(known, ours, who2) {
  const hold = holdOf(known, ours.slot, ours.nonce);
  hold.claims.add(ours.claim);
  hold.who ??= who2;
  hold.fromMs ??= ours.acquiredAtMs;
  hold.token = ours.sequence;
  if (!ours.reentered) hold.waitedSeconds = ours.waitedSeconds;
}
function holderOf({ who: who2, end: end2 }) {
  return who2 ?? (end2?.entry.outcome === "released" ? end2.entry.by : null);
}
function startOf({ fromMs, end: end2 }) {
  if (fromMs !== null || end2 === null || end2.entry.heldSeconds === null) return fromMs;
  return orNull(end2.atMs - end2.entry.heldSeconds * 1e3);
}
var EARLIEST_MS = Date.parse("2005-01-01T00:00:00Z");
var LATEST_MS = Date.parse("2200-01-01T00:00:00Z");
function dateOf(text) {
  return orNull(Date.parse(text));
}
function orNull(ms) {
  return ms >= EARLIEST_MS && ms <= LATEST_MS ? ms : null;
}

// src/action/summary-rows.ts
function rowsOf(seen, asked) {
  const known = knownHolds(seen, asked.encoded, asked.ours);
  const claims = new Set(known.flatMap((hold) => [...hold.claims]));
  const unread = asked.holders.filter(({ claim }) => !claims.has(claim));
  const holds = [
    ...known.map((hold) => holdRow(hold, known, asked)),
    ...unread.map((holder) => personRow("hold", holder, asked.nowMs))
  ];
  const past = [...known.flatMap(waitBefore), ...ownVainWait(seen, asked)];
  const others = waiterRows(seen, asked).filter((row) => !past.some((other) => isSameWait(row, other)));
  const waits = [...past, ...others];
  const byTime = (a, b) => (a.fromMs ?? a.toMs) - (b.fromMs ?? b.toMs) || a.toMs - b.toMs;
  return [...holds.sort((a, b) => (a.slot ?? 0) - (b.slot ?? 0) || byTime(a, b)), ...waits.sort(byTime)];
}
var NOTHING_MORE = {
  slot: null,
  lastedMs: null,
  token: null,
  claim: null,
  isFreeze: false,
  reason: null,
  ending: null,
  status: null
};
function holdRow(hold, all, { holders, nowMs }) {
  const { slot, token, isFreeze, reason, end: end2, isOurs } = hold;
  const fromMs = startOf(hold);
  const status = end2 === null ? holders.find(({ claim }) => hold.claims.has(claim)) : void 0;
  const next = all.filter((other) => other !== hold && other.slot === slot && isAfter(other, hold)).map((other) => startOf(other) ?? nowMs);
  const heldSeconds = end2?.entry.heldSeconds ?? null;
  return {
    kind: "hold",
    who: whoOf(holderOf(hold)),
    isOurs,
    slot,
    fromMs,
    toMs: Math.max(fromMs ?? 0, end2?.atMs ?? Math.min(nowMs, ...next)),
    isOpen: end2 === null && next.length === 0,
    lastedMs: heldSeconds === null ? null : heldSeconds * 1e3,
    token,
    claim: status?.claim ?? [...hold.claims][0] ?? null,
    isFreeze,
    reason,
    ending: end2?.entry ?? null,
    status: status ?? null
  };
}
function isAfter(a, b) {
  if (a.token !== null && b.token !== null) return a.token > b.token;
  const [ours, theirs] = [startOf(a), startOf(b)];
  return ours !== null && theirs !== null && ours > theirs;
}
var NO_WAIT_MS = 2e3;
function waitBefore(hold) {
  const lastedMs2 = (hold.waitedSeconds ?? 0) * 1e3;
  const toMs = startOf(hold);
  const fromMs = toMs === null ? null : orNull(toMs - lastedMs2);
  if (toMs === null || fromMs === null || lastedMs2 < NO_WAIT_MS) return [];
  const { isOurs } = hold;
  const who2 = whoOf(holderOf(hold));
  return [{ ...NOTHING_MORE, kind: "wait", who: who2, isOurs, fromMs, toMs, isOpen: false, lastedMs: lastedMs2 }];
}
function isSameWait(seen, told) {
  if (seen.isOpen || seen.fromMs === null || told.fromMs === null) return false;
  const isSomebody = seen.who === null || told.who === null;
  const isSameRun = seen.who?.run === told.who?.run && seen.who?.attempt === told.who?.attempt;
  const isSameTime = Math.abs(seen.fromMs - told.fromMs) <= 1e4 && Math.abs(seen.toMs - told.toMs) <= 3e4;
  return isSameTime && (isSomebody || isSameRun);
}
function ownVainWait({ startedAtMs, who: who2 }, { gaveUpAtMs }) {
  if (gaveUpAtMs === null || startedAtMs === null) return [];
  const times = { fromMs: startedAtMs, toMs: gaveUpAtMs, isOpen: false };
  return [{ ...NOTHING_MORE, ...times, kind: "wait", who: whoOf(who2), isOurs: true }];
}
function waiterRows({ waiters }, { encoded, waiters: atTheEnd, nowMs }) {
  if (atTheEnd !== null) return atTheEnd.map((waiter) => personRow("wait", waiter, nowMs));
  return [...waiters].filter(([ref]) => ref.split("/").at(-3) === encoded).map(([, { waiter, goneAtMs }]) => ({
    ...personRow("wait", waiter, goneAtMs ?? nowMs),
    isOpen: goneAtMs === null
  }));
}
function personRow(kind, person2, toMs) {
  const { run, attempt, job, url, who: name, reason, since, freeze: isFreeze } = person2;
  const isKnown = run !== null || name !== "somebody";
  const slot = /\/holder\/(\d+)$/.exec(person2.ref)?.[1];
  const fromMs = dateOf(since);
  return {
    ...NOTHING_MORE,
    kind,
    who: isKnown ? { run, attempt, job, url, name } : null,
    isOurs: false,
    slot: slot === void 0 ? null : Number(slot),
    fromMs,
    toMs: Math.max(fromMs ?? 0, toMs),
    isOpen: true,
    claim: kind === "hold" ? person2.claim : null,
    isFreeze,
    reason,
    status: person2
  };
}
function whoOf(identity) {
  if (identity === null) return null;
  const { run, process } = identity;
  if (run !== null) {
    const { id, attempt, job, url, actor } = run;
    return { run: id, attempt, job, url, name: actor };
  }
  if (process === null) return null;
  return { run: null, attempt: null, job: null, url: null, name: `${process.user}@${process.host}` };
}
function lastedMs({ lastedMs: lastedMs2, fromMs, toMs }) {
  return lastedMs2 ?? (fromMs === null ? null : toMs - fromMs);
}

// src/action/summary-gantt.ts
var MOST_BARS = 24;
var HOUR_MS = 36e5;
var DAY_MS = 24 * HOUR_MS;
function gantt(rows) {
  const bars = chosen(rows);
  if (bars.length === 0) return [];
  const spanMs = Math.max(...bars.map(end)) - Math.min(...bars.map(({ fromMs }) => fromMs));
  const lines = [
    "gantt",
    // Without a zone: so the axis shows UTC, wherever it is read.
    "  dateFormat YYYY-MM-DD HH:mm:ss",
    `  axisFormat ${axisFormat(spanMs)}`,
    `  tickInterval ${tickInterval(spanMs)}`,
    "  todayMarker off"
  ];
  const hasSlots = bars.some(({ slot }) => (slot ?? 1) > 1);
  let section = "";
  for (const bar of bars) {
    const its = sectionOf(bar, hasSlots);
    if (its !== section) lines.push(`  section ${its}`);
    section = its;
    lines.push(`  ${label(bar)} :${tags(bar)}${date(bar.fromMs)}, ${date(end(bar))}`);
  }
  return lines;
}
function chosen(rows) {
  const bars = rows.filter((row) => row.fromMs !== null);
  const first = Math.min(
    ...bars.filter(({ isOurs, isOpen }) => isOurs || isOpen).map(({ fromMs }) => fromMs)
  );
  const kept = /* @__PURE__ */ new Set();
  let sinceMs = first;
  let untilMs = Math.max(...bars.map(end));
  const newest = bars.toSorted((a, b) => rank(b) - rank(a) || b.toMs - a.toMs);
  for (const bar of newest) {
    const pauseMs = sinceMs - bar.toMs;
    const isFar = sinceMs !== Number.POSITIVE_INFINITY && pauseMs > Math.max(HOUR_MS, untilMs - sinceMs);
    if (isFar || kept.size === MOST_BARS) break;
    kept.add(bar);
    sinceMs = Math.min(sinceMs, bar.fromMs);
    untilMs = Math.max(untilMs, bar.toMs);
  }
  return bars.filter((bar) => kept.has(bar));
}
function rank({ isOurs, isOpen }) {
  return isOurs ? 2 : isOpen ? 1 : 0;
}
function end({ fromMs, toMs }) {
  return Math.max(toMs, fromMs + 1e3);
}
function sectionOf({ kind, slot }, hasSlots) {
  if (kind === "wait") return "Waited";
  return hasSlots && slot !== null ? `Slot ${slot}` : "Held";
}
function label(bar) {
  const { who: who2, isOurs, isOpen } = bar;
  const name = isOurs ? "this job" : who2?.run != null ? `run ${who2.run}` : "somebody";
  const isJustTaken = isOurs && isOpen;
  const lasts = isJustTaken ? "" : `, ${formatDuration(lastedMs(bar) ?? 0)}${isOpen ? " so far" : ""}`;
  return `${name}${lasts}${who2 === null || isOurs ? "" : `, ${diagramText(who2.name)}`}`;
}
function tags({ isOpen, isOurs, ending }) {
  if (ending !== null && ending.outcome !== "released") return "crit, ";
  if (isOpen) return "active, ";
  return isOurs ? "" : "done, ";
}
function date(ms) {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
function axisFormat(spanMs) {
  if (spanMs < 10 * 6e4) return "%H:%M:%S";
  if (spanMs < 20 * HOUR_MS) return "%H:%M";
  if (spanMs < 4 * DAY_MS) return "%b %d %H:%M";
  return spanMs < 300 * DAY_MS ? "%b %d" : "%Y-%m-%d";
}
var MOST_TICKS = 7;
var TICKS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => [count * 1e3, `${count}second`]),
  ...[1, 2, 5, 10, 15, 30].map((count) => [count * 6e4, `${count}minute`]),
  ...[1, 2, 3, 6, 12].map((count) => [count * HOUR_MS, `${count}hour`]),
  ...[1, 2, 7, 14, 28].map((count) => [count * DAY_MS, `${count}day`]),
  ...[3, 12].map((count) => [count * 30 * DAY_MS, `${count}month`])
];
function tickInterval(spanMs) {
  return TICKS.find(([ms]) => spanMs / ms <= MOST_TICKS)?.[1] ?? "12month";
}

// src/action/summary-table.ts
var MOST_ROWS = 40;
function table(head, rows) {
  const line = (tag, cells) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return ["<table>", line("th", head), ...rows.map((row) => line("td", row)), "</table>"].join("\n");
}
function rowTable(rows, { serverUrl }) {
  const shown2 = rows.slice(-MOST_ROWS);
  const hasSlots = rows.some(({ slot }) => (slot ?? 1) > 1);
  const dates = shown2.flatMap((row) => [date2(row.fromMs), row.isOpen ? "" : date2(row.toMs)]).filter(Boolean);
  const days = new Set(dates.map((date3) => date3.slice(0, 10)));
  const [day = ""] = days.size === 1 ? days : [];
  const time = (ms) => day === "" ? date2(ms) : date2(ms).slice(11);
  const cells = shown2.map((row) => [
    state(row, hasSlots),
    who(row, serverUrl),
    time(row.fromMs),
    row.isOpen ? "" : time(row.toMs),
    duration(row),
    row.token === null ? "" : String(row.token),
    html(remarks(row))
  ]);
  const left = rows.length - shown2.length;
  const head = [
    day.replaceAll("-", "&#8209;"),
    "Who",
    "From (UTC)",
    "To (UTC)",
    "How long",
    "Token",
    "Remarks"
  ];
  return table(head, cells) + (left === 0 ? "" : `
<p>${left} earlier not shown.</p>`);
}
function state({ kind, isOpen, slot, ending, isFreeze }, hasSlots) {
  if (kind === "wait") return isOpen ? "waits" : "waited";
  const where = hasSlots && slot !== null ? ` slot ${slot}` : "";
  if (isFreeze && isOpen) return `<strong>froze${where}</strong>`;
  if (isOpen) return `<strong>holds${where}</strong>`;
  return `${ending !== null && ending.outcome !== "released" ? "lost" : "held"}${where}`;
}
function who({ who: who2, isOurs }, serverUrl) {
  const ours = isOurs ? ["<strong>this job</strong>"] : [];
  return [...ours, ...who2 === null ? isOurs ? [] : ["somebody"] : person(who2, serverUrl)].join(", ");
}
function person({ run, attempt, job, url, name }, serverUrl) {
  if (run === null) return [html([{ outside: name }])];
  const link = runLink(`run ${run}, attempt ${attempt}`, url, serverUrl);
  return [link, html(["job ", { outside: job ?? "" }]), html(["by ", { outside: name }])];
}
function duration(row) {
  const ms = lastedMs(row);
  if (ms === null) return "";
  return `${formatDuration(ms)}${row.isOpen ? " so far" : ""}`.replaceAll(" ", "&#160;");
}
function date2(ms) {
  return ms === null ? "" : new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
function remarks({ ending, reason, status, isOurs }) {
  const parts = [];
  const say = (...sentence) => {
    if (parts.length > 0) parts.push("; ");
    parts.push(...sentence);
  };
  if (reason !== null) say({ outside: reason });
  if (ending !== null && ending.outcome !== "released") {
    say(`${ending.outcome.replace("-", " ")} by `, { outside: describeIdentity(ending.by) });
  }
  if (ending !== null && ending.reason !== null) say({ outside: ending.reason });
  if (status !== null && status.why !== null && !isOurs) {
    say(`${status.alive === "unknown" ? "not known to be alive" : status.alive}: `, { outside: status.why });
  }
  return parts;
}

// src/action/summary-page.ts
var MOST_DIAGRAMS = 20;
function page(seen, surroundings) {
  const stories = seen.notes.flatMap((note) => storiesOf(note, surroundings.nowMs));
  const left = (more) => `<p>${more} more ${more === 1 ? "lock is" : "locks are"} not shown, for want of room.</p>

`;
  let text = "";
  let bytes = Buffer.byteLength(left(stories.length));
  for (const [index, story2] of stories.entries()) {
    const section = sectionOf2(seen, story2, index < MOST_DIAGRAMS, surroundings);
    bytes += Buffer.byteLength(section);
    if (bytes > surroundings.mostBytes) {
      const note = left(stories.length - index);
      return Buffer.byteLength(text + note) > surroundings.mostBytes ? text : text + note;
    }
    text += section;
  }
  return text;
}
function storiesOf(note, nowMs) {
  switch (note.kind) {
    case "acquired":
    case "frozen":
      return firstOfEach(note.holds).map((hold) => taken(hold, note.holds, note.kind === "frozen"));
    case "not-acquired":
    case "skipped":
      return [waitedInVain(note, nowMs)];
    case "status":
      return note.statuses.map((status) => standing(status, []));
    case "cleared":
      return note.statuses.map((status) => standing(status, note.results));
    case "ended":
      return ended(note);
    case "not-given-back": {
      const { hold, message } = note;
      return [
        story(hold.lock.text, ["was not given back"], {
          sentences: [[{ outside: message }]],
          asked: { ours: [hold] }
        })
      ];
    }
  }
}
function story(name, headline, more) {
  return { name, headline, sentences: [], blocks: [], asked: {}, isOver: false, isUrgent: false, ...more };
}
function firstOfEach(holds) {
  return holds.filter(
    ({ lock }, index) => holds.findIndex((other) => other.lock.encoded === lock.encoded) === index
  );
}
function taken(hold, all, isFrozen) {
  const { lock, reentered, waitedSeconds, sequence } = hold;
  const asked = { ours: all.filter((other) => other.lock.encoded === lock.encoded) };
  if (isFrozen) return story(lock.text, ["frozen, until somebody clears it"], { asked });
  const how = reentered ? "held by this job already" : waitedSeconds === 0 ? "acquired at once" : `acquired after ${formatDuration((waitedSeconds ?? 0) * 1e3)}`;
  return story(lock.text, [how], { sentences: [[`Fencing token <strong>${sequence}</strong>.`]], asked });
}
function waitedInVain(note, nowMs) {
  const { status, message, kind } = note;
  const asked = { holders: status.holders, waiters: status.waiters, gaveUpAtMs: nowMs };
  const headline = kind === "skipped" ? "not acquired, and skipped" : "not acquired";
  return story(status.name, [headline], { sentences: [[{ outside: message }]], asked, isUrgent: true });
}
function standing(status, results) {
  const { name, holders, waiters, slots } = status;
  const isFrozen = holders.some(({ freeze }) => freeze);
  const held = slots > 1 ? `${holders.length} of ${slots} slots held` : "held";
  const state2 = holders.length === 0 ? "free" : isFrozen ? "frozen" : held;
  const waiting = waiters.length === 0 ? "" : `, ${waiters.length} in line`;
  const parts = results.filter(({ lock }) => lock.text === name);
  const rows = parts.map(({ what, oid, result, why }) => [
    html([what]),
    html([{ outside: oid }]),
    html([result.replace("-", " ")]),
    html([{ outside: why }])
  ]);
  const blocks = parts.length === 0 ? [] : [table(["", "Oid", "Result", "Why"], rows)];
  return story(name, [`${state2}${waiting}`], { blocks, asked: { holders, waiters } });
}
function ended({ hold, given, isLoss }) {
  if (hold.acquiredAtMs === null) return [];
  const more = { asked: { ours: [hold] }, isOver: true };
  if (isLoss) return [story(hold.lock.text, ["lost"], { ...more, sentences: [lossOf(given)] })];
  if (given.kind !== "released") return [];
  const held = formatDuration(given.heldSeconds * 1e3);
  return [story(hold.lock.text, [`given back after ${held}`], more)];
}
function lossOf(given) {
  const what = "Check what was published meanwhile.";
  if (given.kind !== "ended")
    return [`Its log was replaced by hand, and no longer shows who did it. ${what}`];
  return ["It was ", { outside: describeEnding(given.entry) }, ` while this job relied on it. ${what}`];
}
function sectionOf2(seen, story2, hasDiagram, surroundings) {
  const asked = {
    encoded: parseName(story2.name).encoded,
    ours: [],
    gaveUpAtMs: null,
    holders: [],
    waiters: null,
    nowMs: surroundings.nowMs,
    ...story2.asked
  };
  const rows = rowsOf(seen, asked);
  const diagram = hasDiagram ? gantt(rows) : [];
  const blocks = [
    `<h3>Lock ${html([{ outside: story2.name }])}: ${html(story2.headline)}</h3>`,
    ...story2.sentences.map((sentence) => `<p>${html(sentence)}</p>`),
    ...story2.blocks,
    ...diagram.length === 0 ? [] : [["```mermaid", ...diagram, "```"].join("\n")],
    ...rows.length === 0 ? [] : [rowTable(rows, surroundings)],
    ...story2.isOver ? [] : toClear(seen, story2, rows, surroundings)
  ];
  return `${blocks.join("\n\n")}

`;
}
function toClear(seen, { name, isUrgent }, rows, where) {
  const clear = clearance(seen, name, rows, where);
  if (clear === null) return [];
  return [
    `<details${isUrgent ? " open" : ""}><summary>To clear it by hand</summary>
<p>This ends the hold that it names, and no other. Whoever held it learns of it in its next <code>check</code> and in its post step. At a terminal:</p>`,
    ["```bash", ...clear.shell, "```"].join("\n"),
    "<p>Or as a step of a workflow:</p>",
    ["```yaml", ...clear.yaml, "```"].join("\n"),
    "</details>"
  ];
}
export {
  page
};
