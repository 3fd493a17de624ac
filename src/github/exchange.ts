/**
 * `fetch`, as much of it as Octokit makes use of, over Node's older HTTP client: Node's own `fetch` takes twice as long to load as all the rest of a step.
 * Owns redirects and what is read of an answer; must not know what is asked, nor what an answer means.
 */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Answered {
  readonly status: number;
  readonly statusText: string;
  /** Of the last request, if others led there. */
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Rejects where the answer breaks off. */
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** As many as `fetch` follows. */
const MOST_REDIRECTS = 20;

/**
 * @throws whatever kept an answer from beginning to come: an error with the system's `code`, or the signal's reason
 */
export async function exchange(url: string, asked: Asked): Promise<Answered> {
  let [target, question] = [new URL(url), asked];
  for (let redirects = 0; ; redirects++) {
    const answer = await ask(target, question);
    const next = redirectOf(answer, target);
    if (next === null || redirects === MOST_REDIRECTS) return answered(answer, target, question.signal);
    answer.resume();
    question = redirected(question, answer.statusCode ?? 0, next.origin === target.origin);
    target = next;
  }
}

function ask(target: URL, { method, headers, body, signal }: Asked): Promise<IncomingMessage> {
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const options: RequestOptions = { method, headers: { ...headers, ...length }, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    const asking = request(target, options, resolve);
    asking.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
    asking.end(body);
  });
}

/** GitHub answers so for a repository that was renamed, or moved to somebody else: docs.github.com, "Follow redirects". */
function redirectOf({ statusCode = 0, headers: { location } }: IncomingMessage, from: URL): URL | null {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(statusCode)) return null;
  const next = URL.parse(location, from.href);
  return next !== null && /^https?:$/.test(next.protocol) ? next : null;
}

/** By the rules of `fetch`: the token goes to nobody else, and what was posted to one place is not posted to another unless that is said. */
function redirected({ headers, ...asked }: Asked, status: number, isSameOrigin: boolean): Asked {
  const kept = Object.entries(headers).filter(
    ([name]) => isSameOrigin || !/^(authorization|cookie)$/i.test(name),
  );
  const isFetched = status === 303 ? asked.method !== "HEAD" : status < 303 && asked.method === "POST";
  const ofBody = /^content-/i;
  const plain = kept.filter(([name]) => !(isFetched && ofBody.test(name)));
  return {
    ...asked,
    ...(isFetched ? { method: "GET", body: undefined } : {}),
    headers: Object.fromEntries(plain),
  };
}

function answered(answer: IncomingMessage, target: URL, signal: AbortSignal | undefined): Answered {
  const body = gather(answer, signal);
  // Nobody need read it.
  body.catch(() => {});
  const headers = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
  );
  return {
    status: answer.statusCode ?? 0,
    statusText: answer.statusMessage ?? "",
    url: target.href,
    headers: new Map(headers),
    text: async () => (await body).toString(),
    arrayBuffer: async () => new Uint8Array(await body).buffer,
  };
}

function gather(answer: IncomingMessage, signal: AbortSignal | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    answer.on("end", () => resolve(Buffer.concat(chunks)));
    answer.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
  });
}
