/**
 * Whole clients in this process: the shipped policy, store and liveness over the embedded server, all by one clock that the test moves, the server too.
 * Owns how a job and its client are put together; must not know what they do.
 */

import { expect } from "vitest";
import { acquire } from "../../src/lock/acquire.ts";
import type { Wish } from "../../src/lock/attempt.ts";
import { type Checked, check } from "../../src/lock/check.ts";
import { type Cleared, type Clearing, clear } from "../../src/lock/clear.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Identity, Run } from "../../src/lock/identity.ts";
import { handedNothing } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import type { Ports, Progress } from "../../src/lock/ports.ts";
import { type GivenBack, giveAllBack } from "../../src/lock/release.ts";
import { rememberSightings } from "../../src/lock/sightings.ts";
import type { Ticket } from "../../src/lock/ticket.ts";
import { openGitHub, type Way } from "../../src/wire.ts";
import type { RequestRecord } from "../hub/exchange.ts";
import { type Hub, type HubOptions, startHub } from "../hub/hub.ts";
import { type Hold as Held, holds, violations } from "../hub/oracle.ts";
import type { HubRepository } from "../hub/repository.ts";
import type { Grants } from "../hub/tokens.ts";
import { type VirtualClock, virtualClock } from "./virtual-clock.ts";

export const LOCK = parseName("publish");
export const LOG = `${LOCK.prefix}log/1`;
export const HOLDER = `${LOCK.prefix}holder/1`;

const START = "2026-11-21T08:00:00Z";
const MINUTE_MS = 60_000;

export interface ClientOptions {
  readonly grants?: Grants;
  readonly way?: Way;
  /** The base URL, where it is not the server's own. */
  readonly apiUrl?: string;
  /** What the job says of itself; whatever is not given is a new run's. */
  readonly run?: Partial<Run>;
}

export interface Client {
  readonly who: Identity;
  readonly run: Run;
  readonly token: string;
  readonly ports: Ports;
  /** What the journal holds. */
  readonly left: { readonly holds: Map<string, Hold>; readonly tickets: Map<string, Ticket> };
  readonly told: readonly Progress[];
  /** What it sent, in the order of arrival. */
  readonly sent: readonly RequestRecord[];
  /** Fails fast unless told otherwise. */
  acquire(wish?: Partial<Wish>): Promise<Hold>;
  /** What post does with the journal. */
  post(): Promise<GivenBack["kind"][]>;
  clear(clearing?: Partial<Clearing>): Promise<Cleared[]>;
  check(): Promise<Checked>;
  /** The job is completed, at this moment by the server's clock. */
  complete(): void;
  /** The same machine with its connection, in another job. */
  again(): Client;
  /** The same job in another process, which has to find out anew what this server can do. */
  step(): Promise<Client>;
}

export interface Ground extends AsyncDisposable {
  readonly hub: Hub;
  readonly repository: HubRepository;
  readonly time: VirtualClock;
  /** Only the server's clock goes on: who waits has not waited any longer. */
  skip(ms: number): void;
  client(options?: ClientOptions): Promise<Client>;
  tip(ref?: string): Promise<string | null>;
  history(): Promise<readonly Held[]>;
  /** Refs and log keep the rules, and nothing that GitHub does not know was asked. */
  judge(): Promise<void>;
}

export async function openGround(options: HubOptions = {}): Promise<Ground> {
  const time = virtualClock(START);
  const hub = await startHub({ now: time.date, ...options });
  await hub.warm();
  const repository = await hub.addRepository("octo/app");
  let cast = 0;
  const tip: Ground["tip"] = async (ref = LOG) => (await repository.view.get(ref))?.oid ?? null;
  return {
    ...{ hub, repository, time, tip },
    skip(ms) {
      const { now } = hub;
      hub.now = () => new Date(now().getTime() + ms);
    },
    client: (more = {}) => openClient({ hub, repository, time }, more, () => ++cast),
    history: async () => holds(await repository.oracle(), repository.commit, LOG),
    judge: async () => {
      expect(hub.contractViolations).toEqual([]);
      expect(await violations(await repository.oracle(), repository.commit)).toEqual([]);
    },
    [Symbol.asyncDispose]: () => hub.close(),
  };
}

type Surroundings = Pick<Ground, "hub" | "repository" | "time">;

async function openClient(
  ground: Surroundings,
  { grants = {}, way = "update-refs", run = {}, apiUrl = ground.hub.url }: ClientOptions,
  next: () => number,
): Promise<Client> {
  const { hub, repository } = ground;
  const number = next();
  const label = grants.label ?? `client-${number}`;
  const token = hub.addToken({ restLimit: 1e6, graphqlLimit: 1e6, ...grants, label });
  const { fullName, nodeId } = repository;
  const github = await openGitHub({ apiUrl, token, repository: fullName, nodeId }, way);
  const inJob = (job: Run): Client => ({
    ...clientOf(ground, job, token, github),
    get sent() {
      return hub.requests.filter(({ tokenName }) => tokenName === label);
    },
    again: () => inJob(jobOf(ground, next())),
    step: () =>
      openClient(ground, { grants: { ...grants, label: `${label} again` }, run: job, apiUrl }, next),
  });
  return inJob(jobOf(ground, number, run));
}

/** A job in progress, in a run of its own unless the run is there already. */
function jobOf(
  { repository: { runs, fullName } }: Surroundings,
  number: number,
  run: Partial<Run> = {},
): Run {
  const { id = 800 + number, attempt = 1, jobId = 9000 + number, runner = `runner-${number}` } = run;
  if (runs.run(id) === null) runs.addRun({ id });
  if (runs.job(jobId ?? 0) === null)
    runs.addJob(id, { id: jobId ?? 9000 + number, name: "publish", runnerName: runner, attempt });
  return {
    ...{
      repository: fullName,
      id,
      attempt,
      job: "publish",
      jobId,
      runner,
      workflow: "Publish",
      event: "push",
      actor: "octo",
    },
    url: `https://github.example/octo/app/actions/runs/${id}/attempts/${attempt}`,
    ...run,
  };
}

function clientOf(
  { hub, repository, time }: Surroundings,
  run: Run,
  token: string,
  github: Pick<Ports, "store" | "liveness">,
): Omit<Client, "again" | "step" | "sent"> {
  const who: Identity = { run, process: null };
  const left: Client["left"] = { holds: new Map(), tickets: new Map() };
  const told: Progress[] = [];
  const ports: Ports = {
    ...github,
    clock: time.clock,
    random: () => 0.5,
    uuid: () => crypto.randomUUID(),
    // What is skipped passes for whatever is seen, too.
    sightings: rememberSightings(() => hub.now().getTime()),
    journal: {
      saveHold: (hold) => void left.holds.set(hold.claim, hold),
      forgetHold: (hold) => void left.holds.delete(hold.claim),
      saveTicket: (ticket) => void left.tickets.set(ticket.ref, ticket),
      forgetTicket: (ticket) => void left.tickets.delete(ticket.ref),
    },
    tell: (progress) => void told.push(progress),
  };
  const patience = () => ({ untilMs: time.clock.monotonicMs() + MINUTE_MS });
  return {
    ...{ who, run, token, ports, left, told },
    acquire: (wish) => time.work(() => acquire(ports, { ...wishOf(who), ...wish })),
    post: () =>
      time.work(async () => {
        const journal = { holds: [...left.holds.values()], tickets: [...left.tickets.values()] };
        const results = await giveAllBack(ports, journal, { by: who, reason: null }, MINUTE_MS);
        return results.map((result) => {
          if ("error" in result) throw result.error;
          return result.given.kind;
        });
      }),
    clear: (clearing) =>
      time.work(() =>
        clear(
          ports,
          LOCK,
          { by: who, reason: null, expect: null, force: false, dryRun: false, ...clearing },
          patience(),
        ),
      ),
    check: () => time.work(() => check(ports, LOCK, handedNothing(who), patience())),
    complete: () => repository.runs.completeJob(run.jobId ?? 0),
  };
}

function wishOf(who: Identity): Wish {
  return {
    lock: LOCK,
    slots: 1,
    scope: "job",
    waitMs: 0,
    maxHoldSeconds: null,
    leaseSeconds: null,
    freeze: false,
    reason: null,
    who,
    mine: handedNothing(who),
  };
}
