/**
 * The connection to GitHub's API: Octokit, one deadline for each request, and what each failure means.
 * Owns the reading of statuses and headers into `LockError`; must not know what a lock is, and waits for nothing.
 * Statuses and texts: docs/github-facts.md.
 */
import { Octokit } from "@octokit/rest";
import { LockError } from "../lock/errors.ts";

export interface Connection {
  /** `https://api.github.com`, or a GitHub Enterprise Server's `https://host/api/v3`. */
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** The repository's GraphQL node id, where it is known; it is asked for where not. */
  readonly nodeId: string | null;
}

export interface Client {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
  /** The server's clock at its last answer, in milliseconds since 1970; `null` before the first. */
  answeredAtMs(): number | null;
  /** Makes one request under its own deadline, and turns whatever goes wrong into a `LockError`. */
  send<Result>(request: (options: { signal: AbortSignal }) => Promise<Result>): Promise<Result>;
}

/** Longer than GitHub itself works on a request (10 s); a connection that is silent for this long is dead. */
const REQUEST_TIMEOUT_MS = 20_000;

export async function connect(connection: Connection): Promise<Client> {
  const [owner = "", repo = ""] = connection.repository.split("/");
  const octokit = new Octokit({
    auth: connection.token,
    baseUrl: connection.apiUrl,
    userAgent: "reflock",
    // Octokit would print deprecations and failures itself; what is to be said of a failure is said once, by whoever asked.
    log: { debug() {}, info() {}, warn() {}, error() {} },
    request: await transport(),
  });
  const send: Client["send"] = async (request) => {
    try {
      return await request({ signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    } catch (error) {
      throw meaningOf(error, connection);
    }
  };
  let answeredAtMs: number | null = null;
  const readClock = ({ headers }: { headers: { date?: string | undefined } }) => {
    answeredAtMs = Date.parse(headers.date ?? "") || answeredAtMs;
  };
  octokit.hook.after("request", readClock);
  octokit.hook.error("request", (error) => {
    const answer = answerOf(error);
    if (answer !== null) readClock({ headers: { date: String(answer.headers.date ?? "") } });
    throw error;
  });
  return { octokit, owner, repo, send, answeredAtMs: () => answeredAtMs };
}

async function transport(): Promise<object> {
  const { https_proxy, HTTPS_PROXY, http_proxy, HTTP_PROXY } = process.env;
  if (!(https_proxy || HTTPS_PROXY || http_proxy || HTTP_PROXY)) return {};
  const { proxyFetch } = await import("./proxy.ts");
  return { fetch: proxyFetch };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly message: string;
}

/** What the server answered, where a failure is an answer at all: Octokit gives failures without one the status 500. */
export function answerOf(error: unknown): Answer | null {
  if (typeof error !== "object" || error === null || !("response" in error)) return null;
  const response = error.response as { status?: unknown; headers?: unknown; data?: unknown } | undefined;
  if (typeof response?.status !== "number") return null;
  const data = response.data as { message?: unknown } | undefined;
  const message = typeof data?.message === "string" ? data.message : "";
  return { status: response.status, headers: (response.headers ?? {}) as Answer["headers"], message };
}

/** Failures that mean the same on every route. What a route's own 404, 409 or 422 means, ref-store.ts knows. */
export function meaningOf(error: unknown, { repository }: Pick<Connection, "repository">): unknown {
  if (error instanceof LockError) return error;
  const answer = answerOf(error);
  if (isGraphqlFailure(error))
    return new LockError("refused", `GitHub refused the query: ${error.message}`, { cause: error });
  if (answer === null) return unreachable(`GitHub's API did not answer: ${reasonOf(error)}`, error);
  const pauseMs = throttledForMs(answer);
  if (pauseMs !== null) return throttled(answer, pauseMs, error);
  if (answer.status === 401) {
    return new LockError(
      "denied",
      "GitHub does not accept the token: it has expired, was revoked, or is not a token. A GITHUB_TOKEN ends with its job, at the latest after 24 hours, an App's token after one hour. Check the input `token`.",
      { cause: error },
    );
  }
  if (answer.status === 403)
    return new LockError("denied", deniedMessage(answer, repository), { cause: error });
  if (answer.status >= 500) {
    return unreachable(`GitHub answered ${answer.status}${requestId(answer)}`, error);
  }
  if (answer.status === 404) {
    return new LockError(
      "denied",
      `There is no repository ${repository}, or the token may not see it. Check the inputs \`repository\` and \`token\`, and that the job has \`permissions: contents: write\`.`,
      { cause: error },
    );
  }
  return new LockError("refused", `GitHub answered ${answer.status}: ${answer.message}${requestId(answer)}`, {
    cause: error,
  });
}

/** GraphQL tells its errors in an answer with status 200, which Octokit throws without one. */
export function isGraphqlFailure(
  error: unknown,
): error is Error & { readonly errors: readonly { type?: string; message?: string }[] } {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

export function unreachable(message: string, cause?: unknown): LockError {
  return new LockError("unreachable", message, { cause });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  return error.name === "TimeoutError" || /timeout/i.test(error.message)
    ? `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`
    : error.message;
}

/**
 * How long GitHub asks for a pause; `null` where the answer is no rate limit.
 * Order and the minute at least: docs.github.com, "Rate limits for the REST API".
 */
function throttledForMs({ status, headers, message }: Answer): number | null {
  if (status !== 403 && status !== 429) return null;
  const retryAfter = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && Number.isFinite(retryAfter))
    return Math.max(1, retryAfter) * 1000;
  if (String(headers["x-ratelimit-remaining"]) === "0") {
    const now = Date.parse(String(headers.date ?? "")) || Date.now();
    return Math.max(1000, Number(headers["x-ratelimit-reset"]) * 1000 - now || 60_000);
  }
  return status === 429 || /rate limit|abuse detection/i.test(message) ? 60_000 : null;
}

function throttled(answer: Answer, pauseMs: number, cause: unknown): LockError {
  const which =
    String(answer.headers["x-ratelimit-remaining"]) === "0"
      ? "the hourly budget is used up"
      : "too many requests at once";
  const message = `GitHub asks for a pause of ${Math.ceil(pauseMs / 1000)} s: ${which}${requestId(answer)}`;
  return new LockError("throttled", message, { retryAfterMs: pauseMs, cause });
}

/** `x-accepted-github-permissions` names what the route wants, such as `contents=write`. */
function deniedMessage({ headers, message }: Answer, repository: string): string {
  const wanted = String(headers["x-accepted-github-permissions"] ?? "contents=write").split(/[;,]/)[0] ?? "";
  const permission = wanted.trim().replace("=", ": ");
  return `The token may not do this in ${repository} (${message}). Write \`permissions: { contents: write, actions: read }\` in the workflow or its job; \`${permission}\` is what is missing. Runs for pull requests from forks, and Dependabot's, get a read-only token whatever the workflow says.`;
}

function requestId({ headers }: Answer): string {
  const id = headers["x-github-request-id"];
  return id === undefined ? "" : ` (request ${id})`;
}

/** Octokit gives a body that broke off as text. */
export function whole<Data>(data: Data, isWhole: (data: unknown) => boolean): Data {
  if (!isWhole(data)) throw unreachable("GitHub's answer broke off");
  return data;
}
