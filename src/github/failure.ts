/**
 * What a failure of GitHub's API means.
 * Owns the reading of statuses, headers and broken answers into `LockError`; must not know what was asked. Statuses and texts: docs/github-facts.md.
 */
import { LockError } from "../lock/errors.ts";

/** Longer than GitHub itself works on a request (10 s); a connection that is silent for this long is dead. */
export const REQUEST_TIMEOUT_MS = 20_000;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly message: string;
  /** Whether the text came at all: every refusal of GitHub's has one, so that without it the answer broke off, or is somebody else's. */
  readonly isWhole: boolean;
}

/** What the server answered, where a failure is an answer at all: Octokit gives failures without one the status 500. */
export function answerOf(error: unknown): Answer | null {
  if (typeof error !== "object" || error === null || !("response" in error)) return null;
  const response = error.response as { status?: unknown; headers?: unknown; data?: unknown } | undefined;
  if (typeof response?.status !== "number") return null;
  const data = response.data as { message?: unknown } | undefined;
  const message = typeof data?.message === "string" ? data.message : null;
  return {
    status: response.status,
    headers: (response.headers ?? {}) as Answer["headers"],
    message: message ?? "",
    isWhole: message !== null,
  };
}

/** Statuses whose meaning stands in the text of the answer. */
const TOLD_BY_TEXT = [403, 408, 409, 422];

/** Failures that mean the same on every route. What a route's own 404, 409 or 422 means, ref-store.ts knows. */
export function meaningOf(error: unknown, repository: string): unknown {
  if (error instanceof LockError) return error;
  const answer = answerOf(error);
  if (isGraphqlFailure(error))
    return new LockError("refused", `GitHub refused the query: ${error.message}`, { cause: error });
  if (answer === null) return unreachable(`GitHub's API did not answer: ${reasonOf(error)}`, error);
  const pause = throttledBy(answer, error);
  if (pause !== null) return pause;
  if (!answer.isWhole && TOLD_BY_TEXT.includes(answer.status)) {
    return unreachable(`GitHub's answer ${answer.status} broke off${requestId(answer)}`, error);
  }
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
export function isGraphqlFailure(error: unknown): error is Error & {
  readonly errors: readonly { type?: string; message?: string }[];
  readonly headers?: Answer["headers"];
} {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

export function unreachable(message: string, cause?: unknown): LockError {
  return new LockError("unreachable", message, { cause });
}

/** A `TypeError` may quote what it choked on, a header with a token in it among others: its cause's code says enough. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure";
  if (error.name === "TimeoutError" || /timeout/i.test(error.message))
    return `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string" && /^[A-Z_]+$/.test(cause.code)) return cause.code;
  }
  return "the connection failed";
}

/** `null` where the answer is no rate limit. */
export function throttledBy(
  answer: Pick<Answer, "status" | "headers" | "message">,
  cause: unknown,
): LockError | null {
  const pauseMs = throttledForMs(answer);
  if (pauseMs === null) return null;
  const isUsedUp = String(answer.headers["x-ratelimit-remaining"]) === "0";
  const which = isUsedUp ? "the hourly budget is used up" : "too many requests at once";
  const message = `GitHub asks for a pause of ${Math.ceil(pauseMs / 1000)} s: ${which}${requestId(answer)}`;
  return new LockError("throttled", message, { retryAfterMs: pauseMs, cause });
}

/** Order, and the minute at least: docs.github.com, "Rate limits for the REST API". */
function throttledForMs({
  status,
  headers,
  message,
}: Pick<Answer, "status" | "headers" | "message">): number | null {
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

/** `x-accepted-github-permissions` names what the route wants, such as `contents=write`. */
function deniedMessage({ headers, message }: Answer, repository: string): string {
  const wanted = String(headers["x-accepted-github-permissions"] ?? "contents=write").split(/[;,]/)[0] ?? "";
  const permission = wanted.trim().replace("=", ": ");
  return `The token may not do this in ${repository} (${message}). Write \`permissions: { contents: write, actions: read }\` in the workflow or its job; \`${permission}\` is what is missing. Runs for pull requests from forks, and Dependabot's, get a read-only token whatever the workflow says.`;
}

function requestId({ headers }: Pick<Answer, "headers">): string {
  const id = headers["x-github-request-id"];
  return id === undefined ? "" : ` (request ${id})`;
}

/** Octokit gives a body that broke off as text. */
export function whole<Data>(data: Data, isWhole: (data: unknown) => boolean): Data {
  if (!isWhole(data)) throw unreachable("GitHub's answer broke off");
  return data;
}
