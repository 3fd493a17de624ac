/**
 * A small git server over HTTP, by git's own `git http-backend`, and the bad moods of servers and networks.
 * Owns the transport alone; must know nothing of locks.
 */
import { execFileSync, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { addressOf, closeServer } from "../contract/front.ts";
import { gitEnvironment } from "../hub/git.ts";

/** Started by its own name: a `git` before it would cost more than most of what is asked. */
const BACKEND = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
  /** Whether it asks for a push, or is one. */
  readonly isPush: boolean;
}

/**
 * `drop-before`: the connection breaks, nothing was done. `drop-after`: it breaks when all was done. `hang`: no answer ever. A number: that status, with
 * these words.
 */
export type Mood = "drop-before" | "drop-after" | "hang" | readonly [status: number, words: string];

export interface GitHttpServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Asked about each request; `null`: it is served. */
  mood: (asked: Asked) => Mood | null;
  /** `user:password`, where the server wants it. */
  credentials: string | null;
  close(): Promise<void>;
}

/** @param root the folder that has the repositories */
export async function startGitHttpServer(root: string): Promise<GitHttpServer> {
  const http = createServer((request, response) => {
    serve(server, root, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const server: GitHttpServer = {
    url: addressOf(http),
    asked: [],
    mood: () => null,
    credentials: null,
    close: () => closeServer(http),
  };
  return server;
}

async function serve(
  server: GitHttpServer,
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = "GET", url: path = "/", headers, headersDistinct } = request;
  const isGzip = headers["content-encoding"] === "gzip";
  const body = isGzip ? gunzipSync(Buffer.concat(chunks)) : Buffer.concat(chunks);
  const asked = {
    ...{
      method,
      path,
      authorization: headersDistinct.authorization?.join(", "),
      body: body.toString("latin1"),
    },
    isPush: path.includes("git-receive-pack"),
  };
  server.asked.push(asked);
  const mood = server.mood(asked);
  if (mood === "hang") return;
  if (mood === "drop-before") return void response.destroy();
  if (typeof mood === "object" && mood !== null)
    return void response.writeHead(mood[0], { "content-type": "text/plain" }).end(mood[1]);
  if (server.credentials !== null && asked.authorization !== basic(server.credentials))
    return void response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  const printed = await backend(root, request, body);
  if (mood === "drop-after") return void response.destroy();
  answer(response, printed);
}

/** What it prints, headers and all. */
function backend(
  root: string,
  { method = "GET", url = "/", headers }: IncomingMessage,
  body: Buffer,
): Promise<Buffer> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const env = {
    ...gitEnvironment(),
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
    PATH_INFO: pathname,
    REQUEST_METHOD: method,
    QUERY_STRING: searchParams.toString(),
    CONTENT_TYPE: headers["content-type"] ?? "",
    CONTENT_LENGTH: String(body.length),
    REMOTE_USER: "somebody",
    REMOTE_ADDR: "127.0.0.1",
  };
  const child = spawn(BACKEND, [], { cwd: root, env, stdio: ["pipe", "pipe", "ignore"] });
  // One that ends before it has read all of it has said so in its answer.
  child.stdin.on("error", () => {});
  child.stdin.end(body);
  return buffer(child.stdout);
}

function answer(response: ServerResponse, printed: Buffer): void {
  const end = printed.indexOf("\r\n\r\n");
  const lines = printed.subarray(0, end).toString().split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const status = Number.parseInt(headers.find(([name]) => name === "Status")?.[1] ?? "200", 10);
  const others = headers.filter(([name]) => name !== "Status");
  response.writeHead(status, Object.fromEntries(others)).end(printed.subarray(end + 4));
}

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
