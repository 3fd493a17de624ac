/**
 * The connection to GitHub's API: Octokit, and one deadline for each request.
 * Must not know what a lock is, and waits for nothing.
 */
import { Octokit } from "@octokit/rest";
import { exchange } from "./exchange.ts";
import { answerOf, meaningOf, REQUEST_TIMEOUT_MS } from "./failure.ts";

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
      throw meaningOf(error, connection.repository);
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
  if (!(https_proxy || HTTPS_PROXY || http_proxy || HTTP_PROXY)) return { fetch: exchange };
  const { proxyFetch } = await import("./proxy.ts");
  return { fetch: proxyFetch };
}
