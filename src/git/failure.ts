/**
 * What a git that failed means. Owns git's texts, and those of the servers behind it; must not know what was asked for.
 * The texts are those of LC_ALL=C; what is not known here is taken for trouble that may pass.
 */
import { type ErrorKind, LockError } from "../lock/errors.ts";
import type { Address } from "./address.ts";
import type { GitResult } from "./process.ts";

const NO_REPOSITORY =
  /does not appear to be a git repository|repository '?.*'? not found|repository not found|returned error: 404|no such repository|project you were looking for could not be found|not a git repository|not exported|invalid gitfile/i;

/** From git and from ssh; a server's own words come after `remote:`. */
const MEANINGS: readonly (readonly [RegExp, ErrorKind, (shown: string) => string])[] = [
  [
    /dubious ownership/,
    "denied",
    (shown) =>
      `The repository ${shown} belongs to another user, and git reads it only if you allow it: git config --global --add safe.directory <its path>.`,
  ],
  [
    /terminal prompts disabled|could not read (Username|Password)/i,
    "denied",
    (shown) =>
      `${shown} asks for credentials, and there are none: reflock never prompts. Set up a credential helper or an ssh key, so that \`git push\` works without asking.`,
  ],
  [
    /Authentication failed|Permission denied \(|Host key verification failed|returned error: 40[13]\b|HTTP 40[13]\b|Permission to \S+ denied|access denied|not allowed to|HTTP Basic: Access denied|Permission denied/i,
    "denied",
    (shown) => `${shown} does not let you in, or not do this. Check your credentials and what they may do.`,
  ],
  [/returned error: 429|HTTP 429/, "throttled", (shown) => `${shown} asks for a pause: too many requests.`],
  [NO_REPOSITORY, "denied", (shown) => `There is no repository ${shown}, or you may not see it.`],
  [
    /transport '.*' not allowed|dumb http transport|protocol .* is not supported|unable to find remote helper|'remote-[^']*' is not a git command|strange (hostname|pathname|port)/i,
    "usage",
    (shown) => `${shown} can't be reached in a way that reflock uses.`,
  ],
];

const THROTTLED_PAUSE_MS = 60_000;

/** What a git that did not do what it was to do means for whoever asked. */
export function failureOf(
  result: Pick<GitResult, "ending" | "stderr">,
  address: Address,
  timeoutMs: number,
): LockError {
  const { shown } = address;
  if (result.ending === "aborted") return new LockError("cancelled", "Cancelled.");
  if (result.ending === "timeout")
    return new LockError("unreachable", `${shown} did not answer within ${timeoutMs / 1000} s`);
  if (result.ending === "signal")
    return new LockError("unreachable", `git was ended while it talked to ${shown}`);
  if (result.ending === "flood") return new LockError("refused", `${shown} answers with too much to be read`);
  const words = wordsOf(result, address);
  const found = MEANINGS.find(([pattern]) => pattern.test(result.stderr));
  if (found === undefined) return new LockError("unreachable", `${shown} could not be reached: ${words}`);
  const [pattern, kind, message] = found;
  // Nothing on this machine hides what is there from those who may look, and whether they may is asked before (nearby.ts).
  if (pattern === NO_REPOSITORY && address.path !== null)
    return new LockError("usage", `There is no repository at ${shown}. git says: ${words}`);
  const details = kind === "throttled" ? { retryAfterMs: THROTTLED_PAUSE_MS } : {};
  return new LockError(kind, `${message(shown)} git says: ${words}`, details);
}

/** What was said, in one line: the server's own words where there are such, for they say why. */
export function wordsOf({ stderr }: Pick<GitResult, "stderr">, address: Address): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim());
  const said = lines.filter(
    (line) => line !== "" && !/^(hint:|To |Please make sure|and the repository)/.test(line),
  );
  const theirs = said.filter((line) => /^(remote:|ERROR:)/.test(line));
  const all = (theirs.length > 0 ? theirs : said).map((line) => line.replace(/^(remote: ?)+/, "").trim());
  return clean(all.filter((line) => line !== "").join(" · ") || "nothing", address);
}

/** No credentials, no control characters, no flood. */
export function clean(text: string, { secrets, shown, url }: Address): string {
  let cleaned = text.replaceAll(url, shown);
  for (const secret of secrets) cleaned = cleaned.replaceAll(secret, "***");
  cleaned = cleaned
    .replaceAll(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/]*@/gi, "$1")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences with which terminals are told what to do
    .replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  return cleaned.length > 400 ? `${cleaned.slice(0, 400)}…` : cleaned;
}
