/**
 * Owns the shapes that pass between the server and its routes: a request as a route sees it, an answer, a
 * refusal, and the record that a test reads. Knows nothing of what any route does.
 */
import type { HubRepository, RefView } from "./repository.ts";
import type { Need, TokenState } from "./tokens.ts";

export interface RequestRecord {
  /** 1, 2, 3 … in the order of arrival. */
  readonly id: number;
  /** performance.now() at arrival */
  readonly at: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  /** The route's template, such as `/repos/{owner}/{repo}/git/refs`; "" where none fits. */
  readonly route: string;
  /** 0 until it is answered, and for ever if it never was. */
  status: number;
  /** Whether it used up some of the primary rate limit: a 304 does not. */
  counted: boolean;
  /** The label of the token, null if none that is known was sent. */
  readonly tokenName: string | null;
  readonly body: unknown;
  /** The first root field of a GraphQL request, such as `updateRefs`. */
  readonly graphql?: { readonly operation: string };
  durationMs: number;
  /** The client's user-agent. */
  readonly remoteId: string | null;
}

export interface Exchange {
  readonly method: string;
  /** The hub's own address. */
  readonly hubUrl: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawBody: Buffer;
  readonly body: unknown;
  readonly token: TokenState;
  readonly repository: HubRepository;
  readonly repositories: ReadonlyMap<string, HubRepository>;
  /** The refs of a repository as this request may see them. Only for reads: a write compares with what is. */
  viewOf(repository: HubRepository): RefView;
  now(): Date;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A Buffer is sent as it is, undefined as no body, everything else as JSON. */
  readonly body?: unknown;
}

export class Refusal extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function refusalAnswer(status: number, message: string, headers: Record<string, string> = {}): Answer {
  const body = { message, documentation_url: "https://docs.github.com/rest", status: String(status) };
  return { status, headers, body };
}

/** GitHub writes dates to the second. */
export function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export interface Route {
  readonly method: string;
  /** As in GitHub's own description, so that it can be looked up there. */
  readonly template: string;
  readonly need: Need;
  readonly handle: (exchange: Exchange) => Promise<Answer>;
}

/** The JSON object that was sent; anything else counts as an empty one, in which what is required is then missing. */
export function bodyObject(exchange: Exchange): Readonly<Record<string, unknown>> {
  const { body } = exchange;
  return body !== null && typeof body === "object" ? Object.fromEntries(Object.entries(body)) : {};
}

export function missing(field: string): Refusal {
  return new Refusal(422, `Invalid request.\n\n"${field}" wasn't supplied.`);
}

/** The first root field of a request, so that records and faults can name it before anything is parsed. */
export function graphqlOperation(body: unknown): string {
  const query = body !== null && typeof body === "object" && "query" in body ? String(body.query) : "";
  return /\{\s*(?:\w+\s*:\s*)?(\w+)/.exec(query)?.[1] ?? "";
}
