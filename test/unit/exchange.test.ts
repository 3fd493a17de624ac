/** The `fetch` that Octokit is given, against servers of this machine: what it follows, what it keeps to itself, and how it fails. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { exchange } from "../../src/github/exchange.ts";
import { rejectionOf } from "./thrown.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(answer: (seen: Seen, response: ServerResponse) => void) {
  const all: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    const seen = { method, url, headers, body };
    all.push(seen);
    answer(seen, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { all, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const TOKEN = { authorization: "token secret", "content-type": "application/json" };

test("an answer comes with its status, its headers in lower case, and its text", async () => {
  const { all, url } = await serve((_, response) => {
    response.writeHead(201, "Made", { ETag: '"1"', "X-Two": ["a", "b"], "Content-Type": "text/plain" });
    response.end("grüße");
  });
  const answer = await exchange(`${url}/a?b=%2F`, { method: "POST", headers: TOKEN, body: '{"ü":1}' });
  expect(answer).toMatchObject({ status: 201, statusText: "Made", url: `${url}/a?b=%2F` });
  expect(Object.fromEntries(answer.headers)).toMatchObject({ etag: '"1"', "x-two": "a, b" });
  expect(await answer.text()).toBe("grüße");
  expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe("grüße");
  expect(all).toMatchObject([
    { method: "POST", url: "/a?b=%2F", headers: { ...TOKEN, "content-length": "8" }, body: '{"ü":1}' },
  ]);
});

test.each([
  [301, "POST", "GET"],
  [301, "PATCH", "PATCH"],
  [302, "POST", "GET"],
  [303, "PATCH", "GET"],
  [307, "POST", "POST"],
  [308, "PATCH", "PATCH"],
  [301, "GET", "GET"],
])(
  "a redirect by %i of a %s is followed by a %s, with what was sent if it stays the same",
  async (status, method, next) => {
    const { all, url } = await serve((seen, response) => {
      if (seen.url === "/old") response.writeHead(status, { location: "/new" }).end("moved");
      else response.end("here");
    });
    const body = method === "GET" ? undefined : "text";
    const answer = await exchange(`${url}/old`, { method, headers: TOKEN, body });
    expect(await answer.text()).toBe("here");
    expect(answer.url).toBe(`${url}/new`);
    const kept = next === method && body !== undefined;
    expect(all[1]).toMatchObject({ method: next, url: "/new", body: kept ? body : "" });
    expect(all[1]?.headers.authorization).toBe(TOKEN.authorization);
    expect(all[1]?.headers["content-type"]).toBe(next === method ? TOKEN["content-type"] : undefined);
  },
);

test("a redirect to somebody else does not get the token", async () => {
  const other = await serve((_, response) => void response.end("theirs"));
  const { url } = await serve(
    (_, response) => void response.writeHead(307, { location: `${other.url}/x` }).end(),
  );
  expect(await (await exchange(url, { method: "POST", headers: TOKEN, body: "text" })).text()).toBe("theirs");
  expect(other.all).toMatchObject([{ method: "POST", body: "text" }]);
  expect(other.all[0]?.headers.authorization).toBeUndefined();
});

test.each(["ftp://127.0.0.1/", "http://["])(
  "a redirect to %s is an answer like any other",
  async (location) => {
    const { url } = await serve((_, response) => void response.writeHead(301, { location }).end("moved"));
    const answer = await exchange(url, { method: "GET", headers: {} });
    expect([answer.status, await answer.text()]).toEqual([301, "moved"]);
  },
);

test("redirects in a circle come to an end", async () => {
  const { all, url } = await serve((_, response) => void response.writeHead(302, { location: "/" }).end());
  expect((await exchange(url, { method: "GET", headers: {} })).status).toBe(302);
  expect(all).toHaveLength(21);
});

test("an answer that breaks off has its status, and no text", async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.destroy());
  });
  const answer = await exchange(url, { method: "GET", headers: {} });
  expect(answer.status).toBe(200);
  expect(await rejectionOf(answer.text())).toMatchObject({ code: "ECONNRESET" });
});

test.each(["before it answers", "in the middle of its answer"])(
  "a server that falls silent %s is left in time",
  async (when) => {
    const stop = new AbortController();
    const giveUp = () => stop.abort(new DOMException("too late", "TimeoutError"));
    const { url } = await serve((_, response) => {
      if (when === "before it answers") giveUp();
      else response.writeHead(200).write("half");
    });
    const asking = exchange(url, { method: "GET", headers: {}, signal: stop.signal });
    const text = asking.then((answer) => {
      giveUp();
      return answer.text();
    });
    expect(await rejectionOf(text)).toMatchObject({ name: "TimeoutError" });
  },
);

test("who has given up already asks nothing", async () => {
  const { all, url } = await serve((_, response) => void response.end());
  const asking = exchange(url, { method: "GET", headers: {}, signal: AbortSignal.abort() });
  expect(await rejectionOf(asking)).toMatchObject({ name: "AbortError" });
  expect(all).toEqual([]);
});

test("no server at all is told by the system's code, and a bad header without its value", async () => {
  const { url } = await serve(() => {});
  for (const close of closing.splice(0)) close();
  expect(await rejectionOf(exchange(url, { method: "GET", headers: {} }))).toMatchObject({
    code: "ECONNREFUSED",
  });
  const bad = await rejectionOf(
    exchange(url, { method: "GET", headers: { authorization: "token geheim\n" } }),
  );
  expect(bad).toMatchObject({ code: "ERR_INVALID_CHAR" });
  expect(String(bad?.stack)).not.toContain("geheim");
});

test("connections are used again, and keep no process alive", async () => {
  const ports = new Set<unknown>();
  const { url } = await serve((_, response) => {
    ports.add(response.socket?.remotePort);
    response.end("x");
  });
  for (let round = 0; round < 3; round++) await (await exchange(url, { method: "GET", headers: {} })).text();
  expect(ports.size).toBe(1);
});
