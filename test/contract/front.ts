/**
 * A small server in front of the hub: it passes requests on, under another path if told so, and may tamper with an answer.
 * Owns what no well-behaved server does to an answer; must not know what is asked.
 */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";

export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What becomes of an answer. Whatever is not given stays as it came. */
export interface Tampering {
  /** Do not pass the request on at all. */
  readonly instead?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Only so much of the body is sent: then the connection breaks, or the body seems to be whole. */
  readonly cut?: { readonly bytes: number; readonly as: "broken" | "whole" };
}

export interface Front {
  readonly url: string;
  /** What came, as `method path`. */
  readonly seen: string[];
  /** Asked once about each request. */
  tamper: (request: Passing) => Tampering | null;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** @param rewrite gives the path at the hub for the path here; `null` where there is nothing */
export async function startFront(
  hubUrl: string,
  rewrite: (path: string) => string | null = (path) => path,
): Promise<Front> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "GET", url: path = "/", headers } = request;
    const body = Buffer.concat(chunks).toString();
    front.seen.push(`${method} ${path}`);
    const tampering = front.tamper({ method, path, body }) ?? {};
    const target = rewrite(path);
    const nothing: Answer = { status: target === null ? 404 : 200, headers: {}, body: Buffer.from("{}") };
    const isPassedOn = target !== null && tampering.instead !== true;
    respond(
      response,
      isPassedOn ? await pass(hubUrl + target, { method, path, body }, headers) : nothing,
      tampering,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const front: Front = {
    url: addressOf(server),
    seen: [],
    tamper: () => null,
    close: () => closeServer(server),
  };
  return front;
}

export function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("the server does not listen");
  return `http://127.0.0.1:${address.port}`;
}

export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function pass(url: string, { method, body }: Passing, given: IncomingHttpHeaders): Promise<Answer> {
  const { host, connection, "content-length": length, ...kept } = given;
  const headers = Object.entries(kept).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const response = await fetch(url, { method, headers, ...(body === "" ? {} : { body }) });
  const { "content-length": _, ...answered } = Object.fromEntries(response.headers);
  return { status: response.status, headers: answered, body: Buffer.from(await response.arrayBuffer()) };
}

function respond(response: ServerResponse, answer: Answer, { status, headers, body, cut }: Tampering): void {
  const whole = body === undefined ? answer.body : Buffer.from(body);
  const part = cut === undefined ? whole : whole.subarray(0, cut.bytes);
  const declared = cut?.as === "broken" ? whole.length : part.length;
  response.sendDate = false;
  const code = status ?? answer.status;
  const hasBody = code !== 204 && code !== 304;
  const length: Record<string, string> = hasBody ? { "content-length": String(declared) } : {};
  const json = { "content-type": "application/json; charset=utf-8" };
  response.writeHead(code, { ...json, ...answer.headers, ...length, ...headers });
  if (!hasBody) response.end();
  else if (cut?.as === "broken") response.write(part, () => response.destroy());
  else response.end(part);
}
