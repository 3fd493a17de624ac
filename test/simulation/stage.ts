/**
 * Owns one run of a small scenario in which every step is chosen from outside: whose request is carried out next, whose answer is lost, who dies. Must
 * not know how the choices are made.
 *
 * What a request does and its answer are one step, since nobody can tell when an answer came. A request whose answer is lost may land at any later
 * step or never, and so may one whose sender has died. Time stands still until nobody can go on without it.
 */
import { LockError } from "../../src/lock/errors.ts";
import { parseName } from "../../src/lock/name.ts";
import { createJudge, type Judge } from "./invariants.ts";
import { createJobs } from "./jobs.ts";
import { readLogs } from "./log-reader.ts";
import type { Way } from "./memory-store.ts";
import { judgeOrder } from "./order.ts";
import { createRepository } from "./repository.ts";
import type { Policy } from "./scene.ts";
import {
  type Actor,
  beginMain,
  beginPost,
  createActor,
  leaveStage,
  type Request,
  type Setting,
} from "./stage-actor.ts";
import { EPOCH_MS } from "./world.ts";

export interface Scenario {
  /** One actor each. `0`: does not queue. */
  readonly waits: readonly (0 | "forever")[];
  readonly slots: number;
  readonly way: Way;
  /** At most so many of each, anywhere. */
  readonly crashes: number;
  readonly losses: number;
  readonly cancels: number;
}

export type Choice =
  | { readonly kind: "serve" | "lose"; readonly actor: number; readonly request: number }
  /** `leaves`: post runs; `dies`: its machine is gone. */
  | { readonly kind: "leaves" | "dies" | "cancel"; readonly actor: number }
  | { readonly kind: "land"; readonly letter: number }
  | { readonly kind: "time" };

export interface Stage {
  readonly judge: Judge;
  choices(): Choice[];
  /** @returns what happens, in words */
  take(choice: Choice): string;
  /** Two runs with the same key go on in the same ways. */
  key(): string;
  /** Everybody has left, though what is late may still land. */
  isOver(): boolean;
  judgeEnd(): void;
}

/** Gives each text a number, and the same to the same. */
export type Intern = (text: string) => number;

/** Whoever waits looks around once a minute. */
const TIME_MS = 61_000;
/** More than enough for each of three waiters to find each other dead. */
const MOST_TIME_MS = 12 * TIME_MS;

interface Letter {
  readonly what: string;
  readonly serve: Request["serve"];
}

export function createStage(scenario: Scenario, policy: Policy, intern: Intern): Stage {
  let nowMs = 0;
  const serverMs = () => EPOCH_MS + nowMs;
  const repository = createRepository();
  const logs = readLogs(repository);
  const jobs = createJobs(serverMs);
  const judge = createJudge(repository, logs, jobs, serverMs);
  const lock = parseName("publish");
  const { slots, way } = scenario;
  const witness = judgeOrder(serverMs, repository, logs, judge, jobs, lock.prefix, slots);
  repository.onChange(judge.changed);
  const letters: Letter[] = [];
  const left = { crashes: scenario.crashes, losses: scenario.losses, cancels: scenario.cancels };
  const post = (actor: Actor, { what, serve }: Request) =>
    void letters.push({ what: `${actor.number} ${what}`, serve });
  const setting: Setting = {
    ...{ repository, judge, jobs, policy, lock, slots, way, intern, witness, serverMs },
    monotonicMs: () => nowMs,
    abandon(actor) {
      for (const request of actor.requests.splice(0)) if (request.kind === "swap") post(actor, request);
    },
  };
  const actors = scenario.waits.map((_, index) => createActor(index + 1, jobs));
  actors.forEach((actor, index) => {
    beginMain(setting, actor, scenario.waits[index] === 0 ? 0 : Infinity);
  });
  const actorOf = (number: number): Actor => {
    const actor = actors[number - 1];
    if (actor === undefined) throw new Error(`there is no actor ${number}`);
    return actor;
  };
  const kill = (actor: Actor, isDead: boolean) => {
    left.crashes--;
    setting.abandon(actor);
    if (actor.hold !== null) judge.leaving(actor.hold.nonce);
    if (isDead) leaveStage(setting, actor, "dead");
    else beginPost(setting, actor);
  };

  const isOver = () => actors.every(({ stage }) => stage === "done" || stage === "dead");
  return {
    judge,
    isOver,
    choices() {
      const own = actors.map((actor) => privateChoices(actor, left)).find((choices) => choices !== null);
      if (own) return own;
      const choices = actors.flatMap((actor) => choicesOf(actor, left));
      const landings = letters.map((_, letter): Choice => ({ kind: "land", letter }));
      if (isOver() || choices.some(({ kind }) => kind === "serve")) return [...choices, ...landings];
      if (nowMs >= MOST_TIME_MS) judge.accuse(4, "somebody waits for ever");
      return [{ kind: "time" }, ...choices, ...landings];
    },
    take(choice) {
      switch (choice.kind) {
        case "time":
          nowMs += TIME_MS;
          for (const actor of actors) actor.isTroubled = true;
          return "a minute passes";
        case "land": {
          const [letter] = letters.splice(choice.letter, 1);
          return `${letter?.what} lands: ${letter?.serve(false)}`;
        }
        case "cancel":
          left.cancels--;
          actorOf(choice.actor).cancel.abort();
          return `${choice.actor} is cancelled`;
        case "leaves":
        case "dies":
          kill(actorOf(choice.actor), choice.kind === "dies");
          return `${choice.actor} is killed${choice.kind === "dies" ? ", and its machine with it" : ""}`;
        case "serve":
        case "lose": {
          const actor = actorOf(choice.actor);
          const [request] = actor.requests.splice(choice.request, 1);
          if (request === undefined) throw new Error("there is no such request");
          if (choice.kind === "serve") return `${actor.number} ${request.what}: ${request.serve(true)}`;
          left.losses--;
          if (request.kind === "swap") post(actor, request);
          request.fail(new LockError("unreachable", "the answer was lost"));
          return `${actor.number} ${request.what}: no answer`;
        }
      }
    },
    key: () =>
      JSON.stringify([
        repository.list(lock.prefix).map(({ name, oid }) => [name, oid]),
        letters.map(({ what }) => what).sort(),
        [nowMs, ...Object.values(left)],
        actors.map(({ stage, past, isWaiting, isTroubled, requests }) => [
          [stage, past, isWaiting, isTroubled],
          requests.map(({ what }) => what),
        ]),
      ]),
    judgeEnd() {
      const isTroubled = Object.keys(left).some(
        (kind) => left[kind as keyof Left] < scenario[kind as keyof Left],
      );
      for (const { name, oid } of repository.list(lock.prefix)) {
        const { kind, jobId } = logs.node(oid);
        const isLog = name.startsWith(`${lock.prefix}log/`);
        if (isLog && kind === "claim" && jobs.of(jobId).isClean)
          judge.accuse(3, `${name} is held by job ${jobId}`);
        if (!isLog && !isTroubled) judge.accuse(7, `${name} is left`);
      }
    },
  };
}

interface Left {
  readonly crashes: number;
  readonly losses: number;
  readonly cancels: number;
}

const PRIVATE = new Set<Request["kind"]>(["object", "write", "pause"]);

/** Nobody else can tell when these are carried out, so that it makes no difference when: they go first, and only what may go wrong with them is chosen. */
function privateChoices(actor: Actor, left: Left): Choice[] | null {
  const request = actor.requests.findIndex(({ kind }) => PRIVATE.has(kind));
  if (request < 0) return null;
  const isLosable = left.losses > 0 && actor.requests[request]?.kind !== "pause";
  const { number } = actor;
  return [
    { kind: "serve", actor: number, request },
    ...(isLosable ? [{ kind: "lose", actor: number, request } as const] : []),
    ...endsOf(actor, left),
  ];
}

function choicesOf(actor: Actor, left: Left): Choice[] {
  const requests = actor.requests.flatMap(({ kind, isNews }, request): Choice[] => [
    ...(isNews() ? [{ kind: "serve", actor: actor.number, request } as const] : []),
    ...(left.losses > 0 && kind !== "leave" ? [{ kind: "lose", actor: actor.number, request } as const] : []),
  ]);
  return [...requests, ...endsOf(actor, left)];
}

function endsOf({ number: actor, stage, cancel }: Actor, left: Left): Choice[] {
  if (stage === "done" || stage === "dead") return [];
  const ends: Choice[] = left.crashes > 0 ? [{ kind: "dies", actor }] : [];
  if (left.crashes > 0 && stage !== "post") ends.push({ kind: "leaves", actor });
  if (left.cancels > 0 && stage === "main" && !cancel.signal.aborted) ends.push({ kind: "cancel", actor });
  return ends;
}
