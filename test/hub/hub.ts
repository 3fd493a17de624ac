/**
 * Owns the embedded GitHub-like server: its address, its requests, its clock, its latency, and carrying out the
 * fault plan on the wire. It stands in for GitHub in tests, in the demo and in the benchmark. What a request does
 * is decided in dispatch.ts and the routes.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { dispatch, type Incoming, routeName, type Surroundings } from "./dispatch.ts";
import { type Answer, graphqlOperation, type RequestRecord, refusalAnswer } from "./exchange.ts";
import { type ActiveFault, createFaults, type Fault, type FaultPlan } from "./faults.ts";
import { createRepository, type HubRepository, type RepositoryOptions } from "./repository.ts";
import { createTokenStore, credentialIn, type Grants, type TokenState } from "./tokens.ts";

/** received: nothing is done yet · handled: done, not yet told · answered: the answer is on its way */
export type Phase = "received" | "handled" | "answered";

export type RequestListener = (request: RequestRecord, phase: Phase) => void | Promise<void>;

export interface Hub {
  /** http://127.0.0.1:port: the API. GraphQL at `url/graphql`, smart HTTP at `url/git/<owner>/<repo>.git`. */
  readonly url: string;
  readonly requests: readonly RequestRecord[];
  /** What did not fit GitHub's own description, in a request or in an answer. A test asserts that it is empty. */
  readonly contractViolations: string[];
  readonly faults: FaultPlan;
  /** Latency added to each request, half before it is handled and half after. */
  delayMs: number;
  /** The server's clock: the Date header, commit dates, completed_at. */
  now: () => Date;
  /** With one commit on refs/heads/main, unless `empty`. */
  addRepository(fullName: string, options?: RepositoryOptions): Promise<HubRepository>;
  repository(fullName: string): HubRepository;
  /** Gives the token itself, to be sent. */
  addToken(grants?: Grants): string;
  /** By label or by the token itself; may be changed while a test runs. */
  token(nameOrValue: string): TokenState;
  /** Awaited at each phase, so that a test can act exactly there. Gives a function that takes it away. */
  onRequest(listener: RequestListener): () => void;
  /** Builds the GraphQL schema now, so that no measured request pays for it. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

export interface HubOptions {
  /** Where the repositories are made; it is kept. Default: a temporary directory, removed by `close`. */
  readonly root?: string;
  readonly now?: () => Date;
  /** Check each request and answer against GitHub's OpenAPI description. Default true. */
  readonly validate?: boolean;
}

/** null: the client went away while it was still sending, so there is no request. */
async function readBody(message: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk);
  } catch {
    return null;
  }
  return message.complete ? Buffer.concat(chunks) : null;
}

function parseJson(raw: Buffer): unknown {
  try {
    return raw.length === 0 ? undefined : JSON.parse(raw.toString());
  } catch {
    return undefined;
  }
}

/** What a fault answers in place of the route; null where the route answers. */
function answerOfFault(fault: Fault, record: RequestRecord, now: Date): Answer | null {
  if (fault.kind === "refuse") return refusalAnswer(fault.status, fault.message, { ...fault.headers });
  if (fault.kind === "5xx-before" || fault.kind === "5xx-after") {
    return refusalAnswer(fault.status ?? 502, "Server Error");
  }
  if (fault.kind === "secondary-limit") {
    const seconds = fault.retryAfterSeconds === undefined ? 60 : fault.retryAfterSeconds;
    const message =
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    return refusalAnswer(
      fault.status ?? 403,
      message,
      seconds === null ? {} : { "retry-after": String(seconds) },
    );
  }
  if (fault.kind !== "primary-limit") return null;
  const reset = Math.floor(now.getTime() / 1000) + (fault.resetSeconds ?? 600);
  return refusalAnswer(403, "API rate limit exceeded for installation.", {
    ...{ "x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0", "x-ratelimit-used": "1000" },
    ...{ "x-ratelimit-reset": String(reset), "x-ratelimit-resource": record.graphql ? "graphql" : "core" },
  });
}

function send(response: ServerResponse, answer: Answer, requestNumber: number, now: Date): void {
  const raw = answer.body instanceof Buffer ? answer.body : null;
  const payload =
    raw ?? (answer.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.body)));
  const bodyless = answer.status === 204 || answer.status === 304;
  response.sendDate = false;
  response.writeHead(answer.status, {
    date: now.toUTCString(),
    "x-github-request-id": `HUB:${requestNumber.toString(16).toUpperCase().padStart(8, "0")}`,
    ...(raw || bodyless ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...(bodyless ? {} : { "content-length": String(payload.length) }),
    ...answer.headers,
  });
  response.end(bodyless ? undefined : payload);
}

export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), "hub-")));
  const requests: RequestRecord[] = [];
  const listeners = new Set<RequestListener>();
  const repositories = new Map<string, HubRepository>();
  const violations: string[] = [];
  const faults = createFaults();
  const tokens = createTokenStore(() => hub.now());
  let closed = false;

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      if (!closed)
        violations.push(`the hub itself failed at ${request.method} ${request.url}: ${error?.stack}`);
      request.socket.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  const surroundings: Surroundings = {
    ...{ hubUrl: url, tokens, repositories, violations, validate: options.validate ?? true },
    now: () => hub.now(),
  };

  async function notify(record: RequestRecord, phase: Phase): Promise<void> {
    for (const listener of [...listeners]) await listener(record, phase);
  }

  async function receive(request: IncomingMessage): Promise<Incoming | null> {
    const rawBody = await readBody(request);
    if (!rawBody) return null;
    const { method = "GET", url: path = "/", headers } = request;
    const { pathname } = new URL(path, url);
    const body = pathname.startsWith("/git/") ? undefined : parseJson(rawBody);
    const record: RequestRecord = {
      ...{ id: requests.length + 1, at: performance.now(), method, path, body, status: 0, durationMs: 0 },
      ...{ counted: false, route: routeName(method, pathname) },
      tokenName: tokens.find(credentialIn(headers.authorization) ?? "")?.name ?? null,
      remoteId: headers["user-agent"] ?? null,
      ...(pathname === "/graphql" ? { graphql: { operation: graphqlOperation(body) } } : {}),
    };
    requests.push(record);
    return { method, path, headers, rawBody, body, record };
  }

  /** Applied later, with nobody left to hear of it. */
  function hold(active: ActiveFault, incoming: Incoming, request: IncomingMessage): void {
    const { fault } = active;
    if (fault.kind !== "late") return;
    const apply = async (): Promise<void> => {
      if (!closed) await dispatch(surroundings, incoming, null);
      request.socket.destroy();
    };
    if (fault.close !== false) request.socket.destroy();
    active.held.push(apply);
    if (fault.ms === undefined) return;
    setTimeout(() => {
      const at = active.held.indexOf(apply);
      if (at >= 0) void active.held.splice(at, 1)[0]?.();
    }, fault.ms).unref();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const incoming = await receive(request);
    if (!incoming) return;
    const { record } = incoming;
    const active = faults.take(record);
    const fault = active?.fault ?? null;
    await notify(record, "received");
    const latencyMs = hub.delayMs / 2 + (fault?.kind === "delay" ? fault.ms : 0);
    if (latencyMs > 0) await wait(latencyMs);
    if (active && fault?.kind === "late") return hold(active, incoming, request);
    if (fault?.kind === "drop-before") return void request.socket.destroy();
    const instead = fault ? answerOfFault(fault, record, hub.now()) : null;
    const applied = instead === null || fault?.kind === "5xx-after";
    const answer = applied ? await dispatch(surroundings, incoming, fault) : instead;
    await notify(record, "handled");
    record.durationMs = performance.now() - record.at;
    if (fault?.kind === "drop-after") return void request.socket.destroy();
    if (hub.delayMs > 0) await wait(hub.delayMs / 2);
    const told = instead ?? answer;
    record.status = told.status;
    send(response, told, record.id, hub.now());
    record.durationMs = performance.now() - record.at;
    await notify(record, "answered");
  }

  const hub: Hub = {
    ...{ url, requests, contractViolations: violations, faults, delayMs: 0 },
    now: options.now ?? (() => new Date()),
    async addRepository(fullName, repositoryOptions = {}) {
      const id = 1000 + repositories.size;
      const repository = await createRepository(root, id, fullName, repositoryOptions, () => hub.now());
      repositories.set(fullName.toLowerCase(), repository);
      return repository;
    },
    repository(fullName) {
      const repository = repositories.get(fullName.toLowerCase());
      if (!repository) throw new Error(`The hub has no repository ${fullName}`);
      return repository;
    },
    addToken: (grants) => tokens.add(grants).value,
    token(nameOrValue) {
      const token = tokens.find(nameOrValue);
      if (!token) throw new Error(`The hub has no token ${nameOrValue}`);
      return token;
    },
    onRequest(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async warm() {
      const { githubSchema } = await import("./graphql-schema.ts");
      githubSchema();
    },
    async close() {
      closed = true;
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await ended;
      for (const repository of repositories.values()) repository.close();
      if (options.root === undefined) await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return hub;
}
