/**
 * Owns one actor of the exhaustive search: its processes, main and then post, what they await, and all that they were told. Must not choose anything,
 * nor know the other actors.
 */
import type { LockError } from "../../src/lock/errors.ts";
import { isLockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { handedNothing, type Identity } from "../../src/lock/identity.ts";
import type { LockName } from "../../src/lock/name.ts";
import type { Ports } from "../../src/lock/ports.ts";
import type { Judge } from "./invariants.ts";
import { type Jobs, livenessBy, whoIs } from "./jobs.ts";
import { openStore, type RequestKind, type Way, type Witness } from "./memory-store.ts";
import type { Repository } from "./repository.ts";
import { journalOf, type Policy, type Saved, type SavedState } from "./scene.ts";
import type { Intern } from "./stage.ts";
import { givenBackProblem } from "./testimony.ts";

export interface Request {
  /** `pause`: time would have to pass; `leave`: its work is done. */
  readonly kind: RequestKind | "pause" | "leave";
  readonly what: string;
  /** Carries it out. @returns the answer as text, which tells one past from another */
  readonly serve: (isHeard: boolean) => string;
  readonly fail: (error: LockError) => void;
  /** Whether the answer would be another than the last one. Whoever only waits for a change need not be told that there is none. */
  readonly isNews: () => boolean;
}

export interface Actor {
  readonly number: number;
  readonly who: Identity;
  readonly saved: Saved;
  readonly cancel: AbortController;
  stage: "main" | "inside" | "post" | "done" | "dead";
  hold: Hold | null;
  requests: Request[];
  /** Everything that the present process was told, as one number. */
  past: number;
  /** It asks the same again and again, until the answer is another. */
  isWaiting: boolean;
  /** Whatever it is answered next is news: it had no answer, or time has passed. */
  isTroubled: boolean;
  /** What it was answered last, by the question. */
  readonly answers: Map<string, string>;
}

export interface Setting {
  readonly repository: Repository;
  readonly judge: Judge;
  readonly policy: Policy;
  readonly lock: LockName;
  readonly slots: number;
  readonly way: Way;
  readonly witness: Witness;
  readonly intern: Intern;
  readonly jobs: Jobs;
  readonly serverMs: () => number;
  readonly monotonicMs: () => number;
  /** The actor's process is gone. What it has sent is on its way. */
  abandon(actor: Actor): void;
}

export function createActor(number: number, jobs: Jobs): Actor {
  jobs.begin(number);
  return {
    ...{ number, who: whoIs(number), saved: { text: "" }, cancel: new AbortController() },
    ...{
      stage: "main",
      hold: null,
      requests: [],
      past: 0,
      isWaiting: false,
      isTroubled: false,
      answers: new Map(),
    },
  };
}

export function beginMain(setting: Setting, actor: Actor, waitMs: number): void {
  const { policy, lock, slots, judge } = setting;
  const isMain = () => actor.stage === "main";
  const wish = {
    ...({ lock, slots, scope: "job", waitMs, maxHoldSeconds: null, reason: null, freeze: false } as const),
    ...{ who: actor.who, mine: handedNothing(actor.who), signal: actor.cancel.signal },
  };
  policy.acquire(portsOf(setting, actor, setting.way, "main"), wish).then(
    (hold) => {
      if (!isMain()) return;
      setting.abandon(actor);
      const { slot, nonce, claim, sequence } = hold;
      judge.entered({ jobId: actor.number, slot, nonce, claim, sequence });
      Object.assign(actor, { stage: "inside", hold, past: setting.intern(`inside ${actor.saved.text}`) });
      actor.requests.push(leaving(setting, actor, hold));
    },
    (error: unknown) => {
      if (!isMain()) return;
      if (!isLockError(error, "not-acquired", "cancelled", "unreachable"))
        judge.accuse(0, `acquire of ${actor.number} failed: ${(error as Error).stack}`);
      setting.abandon(actor);
      beginPost(setting, actor);
    },
  );
}

function leaving(setting: Setting, actor: Actor, { nonce }: Hold): Request {
  return {
    kind: "leave",
    what: "leaves",
    isNews: () => true,
    fail() {},
    serve() {
      setting.judge.leaving(nonce);
      beginPost(setting, actor);
      return "";
    },
  };
}

export function beginPost(setting: Setting, actor: Actor): void {
  const { policy, judge, jobs } = setting;
  const { text } = actor.saved;
  Object.assign(actor, {
    stage: "post",
    requests: [],
    past: setting.intern(`post ${text}`),
    isWaiting: false,
    isTroubled: false,
  });
  actor.answers.clear();
  if (text === "") {
    jobs.of(actor.number).isClean = true;
    leaveStage(setting, actor, "done");
    return;
  }
  const saved = JSON.parse(text) as SavedState;
  const ports = portsOf(setting, actor, saved.way, "post");
  policy.giveAllBack(ports, saved, { by: actor.who, reason: null }, 60_000).then(
    (results) => {
      if (actor.stage !== "post") return;
      for (const done of results) {
        if ("error" in done) throw done.error;
        const problem = givenBackProblem(judge, actor.number, done.hold, done.given);
        if (problem !== null) judge.accuse(6, problem);
      }
      setting.abandon(actor);
      jobs.of(actor.number).isClean = true;
      leaveStage(setting, actor, "done");
    },
    (error: unknown) => judge.accuse(0, `post of ${actor.number} failed: ${(error as Error).stack}`),
  );
}

/** It is gone for good, and the status API knows it at once. */
export function leaveStage({ jobs, serverMs }: Setting, actor: Actor, stage: "done" | "dead"): void {
  Object.assign(actor, { stage, past: 0, isWaiting: false, isTroubled: false });
  const job = jobs.of(actor.number);
  job.isGone = true;
  job.completedAtMs = serverMs() - 10_000;
}

function portsOf(setting: Setting, actor: Actor, way: Way, process: "main" | "post"): Ports {
  const { repository, witness, policy, jobs, serverMs, monotonicMs } = setting;
  const name = `${actor.number} ${process}`;
  let isPeeking = false;
  const send = sendOf(setting, actor, process, (look) => {
    isPeeking = true;
    const text = look();
    isPeeking = false;
    return text;
  });
  const listed: Witness["listed"] = (...seen) => isPeeking || witness.listed(...seen);
  const store = openStore(
    {
      ...{ repository, name, send, witness: { ...witness, listed }, clock: "server", clockMs: serverMs },
      compares: policy.compares,
    },
    way,
  );
  let uuids = 0;
  return policy.wrapPorts({
    store,
    liveness: livenessBy(send, jobs, serverMs, false),
    clock: {
      monotonicMs,
      date: () => new Date(serverMs()),
      async sleep() {
        await send("pause", "pause", () => null);
      },
    },
    random: () => 0.5,
    uuid: () => `nonce-${actor.number}-${++uuids}`,
    journal: journalOf(process === "main" ? actor.saved : null, store),
    tell({ kind }) {
      if (kind === "trouble") actor.isTroubled = true;
      if (kind === "waiting" || kind === "move") actor.isWaiting = kind === "waiting";
    },
  });
}

/** Nothing is carried out before it is its turn. */
function sendOf(
  { repository, intern }: Setting,
  actor: Actor,
  process: string,
  peek: (look: () => string) => string,
) {
  return <Result>(
    kind: Request["kind"],
    what: string,
    serve: (view: () => number, version: number) => Result,
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      const carryOut = () => serve(repository.version, repository.version());
      const hear = (text: string) => {
        actor.past = intern(`${actor.past} ${what}: ${text}`);
        if (kind !== "pause") actor.isTroubled = false;
        actor.answers.set(what, text);
      };
      actor.requests.push({
        kind,
        what: `${process} ${what}`,
        isNews: () =>
          kind !== "look" ||
          !actor.isWaiting ||
          actor.isTroubled ||
          actor.answers.get(what) !== peek(() => textOf(carryOut())),
        serve(isHeard) {
          const result = carryOut();
          const text = textOf(result);
          if (isHeard) {
            hear(text);
            resolve(result);
          }
          return text;
        },
        fail(error) {
          // The policy asks again for what can't have changed, and forgets that it had to.
          if (kind !== "object" && kind !== "write") hear("no answer");
          reject(error);
        },
      });
    });
}

/** The time of an answer is no news. */
function textOf(result: unknown): string {
  return JSON.stringify(result, (field, value: unknown) => (field === "readAtMs" ? undefined : value));
}
