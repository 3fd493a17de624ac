/**
 * Owns smart HTTP: clone, fetch and push over git's own `git http-backend`. Knows nothing of the API.
 */
import { gunzipSync } from "node:zlib";
import { type Answer, type Exchange, Refusal } from "./exchange.ts";
import { runGit } from "./git.ts";
import { demand } from "./tokens.ts";

function isPush(exchange: Exchange): boolean {
  return exchange.path.includes("git-receive-pack");
}

function parseCgi(output: Buffer): Answer {
  const end = output.indexOf("\r\n\r\n");
  const headers: Record<string, string> = {};
  for (const line of output.subarray(0, end).toString().split("\r\n")) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status = "200", ...rest } = headers;
  return { status: Number.parseInt(status, 10), headers: rest, body: output.subarray(end + 4) };
}

/** `rest` is what follows /git/{owner}/{repo} in the path. */
export async function serveGit(exchange: Exchange, rest: string): Promise<Answer> {
  demand(exchange.token, isPush(exchange) ? "contents:write" : "contents:read");
  const { headers, repository } = exchange;
  const header = (name: string): string => String(headers[name] ?? "");
  const gzipped = header("content-encoding") === "gzip";
  const body = gzipped ? gunzipSync(exchange.rawBody) : exchange.rawBody;
  const result = await runGit(repository.dir, ["http-backend"], body, {
    GIT_PROJECT_ROOT: repository.dir,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: header("git-protocol"),
    PATH_INFO: rest,
    REQUEST_METHOD: exchange.method,
    QUERY_STRING: exchange.query.toString(),
    CONTENT_TYPE: header("content-type"),
    CONTENT_LENGTH: String(body.length),
    REMOTE_USER: exchange.token.login,
    REMOTE_ADDR: "127.0.0.1",
  });
  if (result.stdout.length === 0) throw new Refusal(500, `git http-backend: ${result.stderr}`);
  return parseCgi(result.stdout);
}
