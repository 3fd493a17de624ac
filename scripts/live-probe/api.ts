/**
 * The probe's way to the service: plain requests, answered or not, with nothing decided and nothing hidden.
 * Owns pacing and the waits that the service asks for; must not know any point that is probed.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface Settings {
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** `owner/name` */
  readonly repository: string;
  readonly token: string;
  /** The least time between two writes: the service asks for a second, and limits content-creating requests to 80 a minute. */
  readonly paceMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, or `null` where it is none. */
  readonly body: unknown;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent now, beside others, whatever the pace. */
  readonly unpaced?: boolean;
  /** Another repository than the one that is probed. */
  readonly repository?: string;
  /** Another token than the probe's own. */
  readonly token?: string;
}

export interface Api {
  readonly settings: Settings;
  /** `path` is relative to the repository: `git/refs`, or empty for the repository itself. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  graphql(query: string, variables: Record<string, unknown>, options?: RequestOptions): Promise<Answer>;
}

const LIMIT_RETRIES = 3;
const LONGEST_WAIT_S = 120;

export function connect(settings: Settings): Api {
  let nextWriteAt = 0;

  async function paced(): Promise<void> {
    const at = Math.max(performance.now(), nextWriteAt);
    nextWriteAt = at + settings.paceMs;
    await sleep(Math.max(0, at - performance.now()));
  }

  async function send(method: string, url: string, options: RequestOptions): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      if (method !== "GET" && options.unpaced !== true) await paced();
      const answer = await once(options.token ?? settings.token, method, url, options);
      const wait = Number(answer.headers.get("retry-after") ?? Number.NaN);
      if (!(answer.status === 403 || answer.status === 429) || Number.isNaN(wait)) return answer;
      if (tries === LIMIT_RETRIES || wait > LONGEST_WAIT_S) return answer;
      console.error(`limited by the service: waiting ${wait} s before ${method} again`);
      await sleep(wait * 1000);
    }
  }

  return {
    settings,
    request: (method, path, options = {}) => {
      const tail = path === "" ? "" : `/${path}`;
      const repository = options.repository ?? settings.repository;
      return send(method, `${settings.apiUrl}/repos/${repository}${tail}`, options);
    },
    graphql: (query, variables, options = {}) =>
      send("POST", settings.graphqlUrl, { ...options, body: { query, variables } }),
  };
}

async function once(token: string, method: string, url: string, options: RequestOptions): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "user-agent": "reflock-live-probe",
      "x-github-api-version": "2022-11-28",
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A value inside an answer, by its path; `undefined` where any part of it is missing. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

export function digText(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = dig(value, ...path);
  return typeof found === "string" || typeof found === "number" ? String(found) : undefined;
}

/** GraphQL's errors, type and text each; empty where there are none. */
export function graphqlErrors(answer: Answer): readonly string[] {
  const errors = dig(answer.body, "errors");
  if (!Array.isArray(errors)) return [];
  return errors.map((error: unknown) =>
    [digText(error, "type"), digText(error, "message")].filter(Boolean).join(": "),
  );
}

/** What the service says of a refusal, short: `422 Reference already exists`; of anything else the status alone. */
export function said(answer: Answer): string {
  const message = answer.status < 400 ? undefined : digText(answer.body, "message");
  const details = [...graphqlErrors(answer), ...(message === undefined ? [] : [message])];
  return [String(answer.status), ...(details.length > 0 ? [details.join(" · ")] : [])].join(" ");
}
