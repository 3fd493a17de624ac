import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  LockError
} from "./chunk-VU7GLJQV.js";

// src/github/failure.ts
var REQUEST_TIMEOUT_MS = 2e4;
function answerOf(error) {
  if (typeof error !== "object" || error === null || !("response" in error)) return null;
  const response = error.response;
  if (typeof response?.status !== "number") return null;
  const data = response.data;
  const message = typeof data?.message === "string" ? data.message : null;
  return {
    status: response.status,
    headers: response.headers ?? {},
    message: message ?? "",
    isWhole: message !== null
  };
}
var TOLD_BY_TEXT = [403, 408, 409, 422];
function meaningOf(error, repository) {
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
      { cause: error }
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
      { cause: error }
    );
  }
  return new LockError("refused", `GitHub answered ${answer.status}: ${answer.message}${requestId(answer)}`, {
    cause: error
  });
}
function isGraphqlFailure(error) {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
function unreachable(message, cause) {
  return new LockError("unreachable", message, { cause });
}
function reasonOf(error) {
  if (!(error instanceof Error)) return "unknown failure";
  if (error.name === "TimeoutError" || /timeout/i.test(error.message))
    return `no answer within ${REQUEST_TIMEOUT_MS / 1e3} s`;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string" && /^[A-Z_]+$/.test(cause.code)) return cause.code;
  }
  return "the connection failed";
}
function throttledBy(answer, cause) {
  const pauseMs = throttledForMs(answer);
  if (pauseMs === null) return null;
  const isUsedUp = String(answer.headers["x-ratelimit-remaining"]) === "0";
  const which = isUsedUp ? "the hourly budget is used up" : "too many requests at once";
  const message = `GitHub asks for a pause of ${Math.ceil(pauseMs / 1e3)} s: ${which}${requestId(answer)}`;
  return new LockError("throttled", message, { retryAfterMs: pauseMs, cause });
}
function throttledForMs({
  status,
  headers,
  message
}) {
  if (status !== 403 && status !== 429) return null;
  const retryAfter = Number(headers["retry-after"]);
  if (headers["retry-after"] !== void 0 && Number.isFinite(retryAfter))
    return Math.max(1, retryAfter) * 1e3;
  if (String(headers["x-ratelimit-remaining"]) === "0") {
    const now = Date.parse(String(headers.date ?? "")) || Date.now();
    return Math.max(1e3, Number(headers["x-ratelimit-reset"]) * 1e3 - now || 6e4);
  }
  return status === 429 || /rate limit|abuse detection/i.test(message) ? 6e4 : null;
}
function deniedMessage({ headers, message }, repository) {
  const wanted = String(headers["x-accepted-github-permissions"] ?? "contents=write").split(/[;,]/)[0] ?? "";
  const permission = wanted.trim().replace("=", ": ");
  return `The token may not do this in ${repository} (${message}). Write \`permissions: { contents: write, actions: read }\` in the workflow or its job; \`${permission}\` is what is missing. Runs for pull requests from forks, and Dependabot's, get a read-only token whatever the workflow says.`;
}
function requestId({ headers }) {
  const id = headers["x-github-request-id"];
  return id === void 0 ? "" : ` (request ${id})`;
}
function whole(data, isWhole) {
  if (!isWhole(data)) throw unreachable("GitHub's answer broke off");
  return data;
}

export {
  REQUEST_TIMEOUT_MS,
  answerOf,
  meaningOf,
  whole
};
