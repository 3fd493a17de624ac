/**
 * Owns what an actor of the exhaustive search does, remembered: each place to which its processes can come, and where each piece of news leads from there.
 * A process is run once for each, and not for each state of the whole in which it happens. Must not know the other actors, nor choose anything.
 *
 * That is sound because a process is a function of what it was told and when: the store, the status API and the clock are all that it sees of the world.
 * Where one is run again to go on from a place, it has to arrive at the very same requests, or the search stops.
 */
import type { Hold } from "../../src/lock/hold.ts";
import type { LockName } from "../../src/lock/name.ts";
import type { Course, Event, Place, Sent } from "./exhaustive-place.ts";
import type { Deed, Request, Setting } from "./exhaustive-ports.ts";
import { type News, type Process, type Reaction, startMain, startPost } from "./exhaustive-process.ts";

export interface Actors {
  begin(actor: number, waitMs: number): Promise<Place>;
  /** `null`: it has to be worked out first. `time`: in steps. */
  known(place: Place, event: Event, time: number): Course | null;
  workOut(place: Place, event: Event, time: number, nowMs: number): Promise<Course>;
  deadPlace(actor: number): Place;
  number(text: string): number;
}

/** How a place is reached in a process, so that the process can be brought there again. */
type Path =
  | { readonly kind: "main"; readonly waitMs: number }
  | { readonly kind: "post"; readonly nowMs: number }
  | { readonly kind: "told"; readonly before: Known; readonly news: News; readonly nowMs: number };

interface Known extends Place {
  readonly path: Path | null;
  readonly ways: Map<number, Course>;
  /** A process that stands here. */
  process: Process | null;
}

/** A place at which a process begins, and what is done on the way there. */
interface Opening extends Reaction {
  readonly to: Known;
}

/** Processes that are kept where they stand, so that most need not be run again from their beginning. */
const MOST_KEPT = 4096;
const NOTHING: Reaction = { deeds: [], isTroubled: false };

export function createActors(setting: Setting): Actors {
  const { server, locks } = setting;
  const numbers = new Map<string, number>();
  const number = (text: string) => {
    const found = numbers.get(text) ?? numbers.size;
    if (found === numbers.size) numbers.set(text, found);
    return found;
  };
  const merged = new Map<string, Known>();
  const posts = new Map<string, Opening>();
  const kept: Known[] = [];
  let places = 0;
  let keeps = 0;

  const keep = (place: Known, process: Process) => {
    const forgotten = kept[keeps % MOST_KEPT];
    if (forgotten !== undefined) forgotten.process = null;
    kept[keeps++ % MOST_KEPT] = place;
    place.process = process;
  };
  const placeOf = (actor: number, stage: Place["stage"], more: Partial<Known> = {}): Known => ({
    ...{ number: places++, actor, stage, requests: [], isWaiting: false, isCancelled: false, holds: [] },
    ...{ savedText: "", listed: new Map(), heard: new Map(), path: null, ways: new Map(), process: null },
    ...more,
  });
  const asked = new Map<string, Sent>();
  const sentOf = ({ kind, what, serve }: Request, before: readonly Sent[]): Sent => {
    // The words for a commit that is written or walked from do not say all of it.
    const isTold = kind !== "write" && kind !== "object";
    const known = isTold ? asked.get(what) : before.find((sent) => sent.serve === serve);
    const sent = known ?? { kind, what, serve, number: number(what), answers: new Map() };
    if (isTold) asked.set(what, sent);
    return sent;
  };
  /** What was in flight already has the answers that were worked out for it. */
  const requestsOf = (process: Process, before: readonly Sent[]) =>
    process.pending.map((request) => sentOf(request, before));
  const alike = (key: string, make: () => Known): Known => {
    const place = merged.get(key) ?? make();
    merged.set(key, place);
    return place;
  };

  const doneOf = (actor: number) => alike(`${actor} done`, () => placeOf(actor, "done"));
  const insideOf = (actor: number, holds: readonly Hold[], savedText: string) =>
    alike(`${actor} inside ${savedText} ${JSON.stringify(holds)}`, () => {
      const what = `${actor} main leaves`;
      const leave: Sent = {
        ...{ kind: "leave", what, serve: () => "", number: number(what), answers: new Map() },
      };
      return placeOf(actor, "inside", { holds, savedText, requests: [leave] });
    });
  /** Post begins, with what its forerunner saved; and ends at once where it finds nothing to do. */
  const beginPost = async (actor: number, savedText: string, nowMs: number): Promise<Opening> => {
    if (savedText === "") return { to: doneOf(actor), ...NOTHING };
    const key = `${actor} ${nowMs} ${savedText}`;
    const known = posts.get(key);
    if (known !== undefined) return known;
    server.put(server.empty, nowMs);
    const { process, reaction } = await startPost(setting, actor, savedText);
    const isDone = process.ending !== null;
    const more = { savedText, requests: requestsOf(process, []), path: { kind: "post", nowMs } as const };
    const to = isDone ? doneOf(actor) : placeOf(actor, "post", more);
    if (!isDone) keep(to, process);
    const opening = { to, ...reaction };
    posts.set(key, opening);
    return opening;
  };

  const start = async (place: Known, path: Path) => {
    if (path.kind === "told") throw new Error("it does not begin there");
    server.put(server.empty, path.kind === "post" ? path.nowMs : 0);
    return path.kind === "main"
      ? await startMain(setting, place.actor, path.waitMs)
      : await startPost(setting, place.actor, place.savedText);
  };
  /** Runs a process up to a place, as it was run before. */
  const revive = async (place: Known): Promise<Process> => {
    const onTheWay: Known[] = [];
    let root = place;
    for (; root.path?.kind === "told"; root = root.path.before) onTheWay.push(root);
    if (root.path === null) throw new Error("nothing runs there");
    const { process } = await start(root, root.path);
    expectAt(root, process);
    for (const next of onTheWay.reverse()) {
      if (next.path?.kind !== "told") continue;
      server.put(server.empty, next.path.nowMs);
      await process.tell(next.path.news);
      expectAt(next, process);
    }
    return process;
  };

  const leave = async (place: Known, nowMs: number): Promise<Course> => {
    const { to, deeds, isTroubled } = await beginPost(place.actor, place.savedText, nowMs);
    const own = place.holds.map(({ lock, nonce }): Deed => ({ kind: "leaving", lock: lock.encoded, nonce }));
    const left = place.requests.filter(({ kind }) => kind === "swap");
    return { to, deeds: [...own, ...deeds], isTroubled, left };
  };

  const goOn = async (place: Known, event: Exclude<Event, { kind: "leaves" }>, nowMs: number) => {
    const process = place.process ?? (await revive(place));
    place.process = null;
    const news: News = event.kind === "answer" ? { ...event, result: event.answer.result } : event;
    server.put(server.empty, nowMs);
    const { deeds, isTroubled } = await process.tell(news);
    const requests = requestsOf(process, place.requests);
    const { ending, savedText, isWaiting } = process;
    if (ending === null) {
      const to = placeOf(place.actor, place.stage, {
        ...{ requests, isWaiting, path: { kind: "told", before: place, news, nowMs } },
        savedText: place.stage === "post" ? place.savedText : savedText,
        isCancelled: place.isCancelled || event.kind === "cancel",
        ...afterHearing(place, event, locks),
      });
      keep(to, process);
      return { to, deeds, isTroubled, left: [] };
    }
    const left = requests.filter(({ kind }) => kind === "swap");
    if (ending.kind === "done") return { to: doneOf(place.actor), deeds, isTroubled: false, left };
    if (ending.kind === "entered") {
      return { to: insideOf(place.actor, ending.holds, savedText), deeds, isTroubled: false, left };
    }
    const post = await beginPost(place.actor, savedText, nowMs);
    return { ...post, deeds: [...deeds, ...post.deeds], left };
  };

  return {
    number,
    async begin(actor, waitMs) {
      server.put(server.empty, 0);
      const { process, reaction } = await startMain(setting, actor, waitMs);
      if (reaction.deeds.length > 0) throw new Error("there was nothing yet to be done");
      const place = placeOf(actor, "main", {
        ...{ requests: requestsOf(process, []), path: { kind: "main", waitMs } },
      });
      keep(place, process);
      return place;
    },
    known: (place, event, time) => (place as Known).ways.get(keyOf(event, time)) ?? null,
    async workOut(place, event, time, nowMs) {
      const from = place as Known;
      const way = event.kind === "leaves" ? await leave(from, nowMs) : await goOn(from, event, nowMs);
      from.ways.set(keyOf(event, time), way);
      return way;
    },
    deadPlace: (actor) => alike(`${actor} dead`, () => placeOf(actor, "dead")),
  };
}

/** The same news must lead to the same place: to the same requests, with the same claims and tickets saved. */
function expectAt({ actor, stage, requests, savedText }: Known, process: Process): void {
  const isSame = ({ what }: Request, index: number) => what === requests[index]?.what;
  const isSaved = stage === "post" || process.savedText === savedText;
  if (isSaved && process.pending.length === requests.length && process.pending.every(isSame)) return;
  throw new Error(`the same news led actor ${actor} elsewhere`);
}

/** Times and requests are fewer than sixteen. */
function keyOf(event: Event, time: number): number {
  switch (event.kind) {
    case "cancel":
      return time * 4;
    case "leaves":
      return time * 4 + 1;
    case "silence":
      return (event.request * 16 + time) * 4 + 2;
    case "answer":
      return ((event.answer.number * 16 + event.request) * 16 + time) * 4 + 3;
  }
}

function afterHearing(
  place: Known,
  event: Event,
  locks: readonly LockName[],
): Pick<Place, "heard" | "listed"> {
  const { heard, listed } = place;
  if (event.kind !== "answer" && event.kind !== "silence") return { heard, listed };
  const request = place.requests[event.request];
  if (request?.kind !== "look") return { heard, listed };
  if (event.kind === "silence") return { heard: new Map(heard).set(request.number, -1), listed };
  const all = locks.find(({ prefix }) => request.what.endsWith(` list ${prefix}`));
  return {
    heard: new Map(heard).set(request.number, event.answer.number),
    listed: all === undefined ? listed : new Map(listed).set(all.prefix, event.refs),
  };
}
