/**
 * Owns what every request goes through before and after its route: the token, the rate limit, the permission, the
 * contract, the ETag. Knows nothing of sockets, nor of what a route does.
 */
import { createHash } from "node:crypto";
import {
  type Answer,
  type Exchange,
  isoSeconds,
  Refusal,
  type RequestRecord,
  type Route,
  refusalAnswer,
} from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { serveGit } from "./http-backend.ts";
import type { HubRepository } from "./repository.ts";
import { GRAPHQL_ROUTE, matchRoute, SMART_HTTP_ROUTE } from "./routes.ts";
import {
  consume,
  credentialIn,
  demand,
  type LimitResource,
  limitHeaders,
  type TokenState,
  type TokenStore,
} from "./tokens.ts";

export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawBody: Buffer;
  readonly body: unknown;
  readonly record: RequestRecord;
}

export interface Surroundings {
  readonly hubUrl: string;
  readonly tokens: TokenStore;
  /** By full name in lower case. */
  readonly repositories: ReadonlyMap<string, HubRepository>;
  readonly validate: boolean;
  readonly violations: string[];
  now(): Date;
}

const SMART_HTTP = /^\/git\/(?<owner>[^/]+)\/(?<repo>[^/]+?)(?:\.git)?(?<rest>\/.*)$/;

export function routeName(method: string, pathname: string): string {
  if (pathname === GRAPHQL_ROUTE) return GRAPHQL_ROUTE;
  if (SMART_HTTP.test(pathname)) return SMART_HTTP_ROUTE;
  return matchRoute(method, pathname)?.route.template ?? "";
}

function authenticate(
  surroundings: Surroundings,
  headers: Incoming["headers"],
  smartHttp: boolean,
): TokenState {
  const credential = credentialIn(headers.authorization?.toString());
  const challenge: Record<string, string> = smartHttp ? { "www-authenticate": 'Basic realm="GitHub"' } : {};
  if (credential === null) throw new Refusal(401, "Requires authentication", challenge);
  const token = surroundings.tokens.find(credential);
  if (!token || token.value !== credential || token.expired)
    throw new Refusal(401, "Bad credentials", challenge);
  return token;
}

function findRepository(
  surroundings: Surroundings,
  token: TokenState,
  params: Readonly<Record<string, string>>,
) {
  const repository = surroundings.repositories.get(`${params.owner}/${params.repo}`.toLowerCase());
  const hidden = token.repositories !== null && !token.repositories.includes(repository?.fullName ?? "");
  // What a token was not given does not exist for it: GitHub does not tell that it is there.
  if (!repository || hidden) throw new Refusal(404, "Not Found");
  return repository;
}

function exchangeOf(
  surroundings: Surroundings,
  incoming: Incoming,
  fault: Fault | null,
  found: { token: TokenState; repository: HubRepository; params: Readonly<Record<string, string>> },
): Exchange {
  const { method, path, headers, rawBody, body } = incoming;
  const { hubUrl, repositories } = surroundings;
  return {
    ...{ method, path, headers, rawBody, body, hubUrl, repositories },
    ...found,
    query: new URL(path, hubUrl).searchParams,
    now: () => surroundings.now(),
    viewOf(repository) {
      if (fault?.kind === "stale") return repository.staleView(fault.changes);
      return fault?.kind === "torn" ? repository.tornView(fault.changes) : repository.view;
    },
  };
}

function exceeded(token: TokenState, resource: LimitResource): Answer {
  const message = `API rate limit exceeded for ${token.login}.`;
  const headers = limitHeaders(token, resource);
  if (resource === "core") return refusalAnswer(403, message, headers);
  return { status: 200, headers, body: { errors: [{ type: "RATE_LIMITED", message }] } };
}

/** A strong validator: the same bytes, the same tag. */
function withEtag(answer: Answer, ifNoneMatch: string | undefined): Answer {
  if (answer.status !== 200) return answer;
  const etag = `"${createHash("sha256").update(JSON.stringify(answer.body)).digest("hex")}"`;
  const headers = { ...answer.headers, etag, "cache-control": "private, max-age=60, s-maxage=60" };
  const known = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return known.includes(etag) ? { status: 304, headers } : { ...answer, headers };
}

async function serveRest(surroundings: Surroundings, exchange: Exchange, route: Route): Promise<Answer> {
  let answer: Answer;
  try {
    demand(exchange.token, route.need);
    answer = await route.handle(exchange);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer = refusalAnswer(error.status, error.message, error.headers);
  }
  if (surroundings.validate) {
    const { checkContract } = await import("./openapi/validate.ts");
    surroundings.violations.push(...checkContract(exchange, route, answer));
  }
  return exchange.method === "GET" ? withEtag(answer, exchange.headers["if-none-match"]?.toString()) : answer;
}

async function limited(
  surroundings: Surroundings,
  record: RequestRecord,
  token: TokenState,
  resource: LimitResource,
  serve: () => Promise<Answer>,
): Promise<Answer> {
  if (!consume(token, resource, surroundings.now())) return exceeded(token, resource);
  const answer = await serve();
  if (answer.status === 304) token.limits[resource].used--;
  else record.counted = true;
  return { ...answer, headers: { ...limitHeaders(token, resource), ...answer.headers } };
}

async function serve(surroundings: Surroundings, incoming: Incoming, fault: Fault | null): Promise<Answer> {
  const { pathname } = new URL(incoming.path, surroundings.hubUrl);
  const smartHttp = SMART_HTTP.exec(pathname)?.groups;
  const token = authenticate(surroundings, incoming.headers, smartHttp !== undefined);
  if (smartHttp) {
    const repository = findRepository(surroundings, token, smartHttp);
    const params = { owner: smartHttp.owner ?? "", repo: smartHttp.repo ?? "" };
    return serveGit(
      exchangeOf(surroundings, incoming, fault, { token, repository, params }),
      smartHttp.rest ?? "",
    );
  }
  if (incoming.rawBody.length > 0 && incoming.body === undefined)
    throw new Refusal(400, "Problems parsing JSON");
  if (pathname === GRAPHQL_ROUTE && incoming.method === "POST") {
    const [repository] = surroundings.repositories.values();
    if (!repository) throw new Refusal(404, "Not Found");
    const exchange = exchangeOf(surroundings, incoming, fault, { token, repository, params: {} });
    const { serveGraphql } = await import("./graphql.ts");
    return limited(surroundings, incoming.record, token, "graphql", () =>
      serveGraphql(exchange, (problem) => surroundings.violations.push(`POST /graphql: ${problem}`)),
    );
  }
  const match = matchRoute(incoming.method, pathname);
  if (!match) {
    surroundings.violations.push(`${incoming.method} ${incoming.path}: there is no such route`);
    throw new Refusal(404, "Not Found");
  }
  const { params } = match;
  return limited(surroundings, incoming.record, token, "core", async () => {
    const repository = findRepository(surroundings, token, params);
    const exchange = exchangeOf(surroundings, incoming, fault, { token, repository, params });
    return serveRest(surroundings, exchange, match.route);
  });
}

/** Handles one request completely. What a route refuses is an answer; only a defect of the hub itself is a 500. */
export async function dispatch(
  surroundings: Surroundings,
  incoming: Incoming,
  fault: Fault | null,
): Promise<Answer> {
  try {
    return await serve(surroundings, incoming, fault);
  } catch (error) {
    if (error instanceof Refusal) return refusalAnswer(error.status, error.message, error.headers);
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    surroundings.violations.push(
      `${isoSeconds(surroundings.now())} the hub itself failed at ${incoming.method} ${incoming.path}: ${what}`,
    );
    return refusalAnswer(500, "Server Error");
  }
}
