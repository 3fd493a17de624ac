/**
 * The floor: the same requests in the same order, sent by plain fetch in plain node, with nothing decided in between.
 * Owns the sending of a plan. It imports nothing, because what it imported would be measured; as a program it takes the plan's file as its argument.
 */

export interface PlannedRequest {
  readonly method: string;
  /** Path and body may have `{{tip}}` in them, and `{{made:n}}`: the oid that request n has made. */
  readonly path: string;
  readonly body: string | null;
  /** The requests, by index, whose answers it waits for. */
  readonly after: readonly number[];
}

export interface Plan {
  readonly url: string;
  readonly token: string;
  readonly requests: readonly PlannedRequest[];
  /** The oid at the log's tip. */
  readonly tip: string;
  /** A path to ask for again and again until the ref is no longer at the tip; where it is then is the new tip. */
  readonly watch?: string;
}

async function watched({ url, token, tip }: Plan, path: string): Promise<string> {
  for (let etag = ""; ; ) {
    const headers = { authorization: `token ${token}`, "if-none-match": etag };
    const response = await fetch(url + path, { headers });
    const text = await response.text();
    if (response.status !== 200) continue;
    etag = response.headers.get("etag") ?? "";
    const { sha } = JSON.parse(text).object;
    if (sha !== tip) return sha;
  }
}

export async function replay(plan: Plan): Promise<void> {
  const tip = plan.watch === undefined ? plan.tip : await watched(plan, plan.watch);
  const made: string[] = [];
  const fill = (text: string): string =>
    text.replaceAll("{{tip}}", tip).replaceAll(/\{\{made:(\d+)\}\}/g, (_, index) => made[index] ?? "");
  const sent: Promise<void>[] = [];
  const send = async ({ method, path, body, after }: PlannedRequest, index: number): Promise<void> => {
    await Promise.all(after.map((before) => sent[before]));
    const headers: Record<string, string> = { authorization: `token ${plan.token}` };
    if (body !== null) headers["content-type"] = "application/json";
    const response = await fetch(plan.url + fill(path), {
      method,
      headers,
      body: body === null ? null : fill(body),
    });
    const text = await response.text();
    const answer = text === "" ? {} : JSON.parse(text);
    if (!response.ok || answer.errors) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    if (typeof answer.sha === "string") made[index] = answer.sha;
  };
  for (const [index, request] of plan.requests.entries()) sent.push(send(request, index));
  await Promise.all(sent);
}

if (import.meta.main) {
  const { readFileSync } = await import("node:fs");
  const plan = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
  if (plan.watch !== undefined) console.log("waiting");
  await replay(plan);
  console.log("done");
  // As the bundle leaves: connections that are kept alive shall not keep the process.
  process.stdout.write("", () => process.exit(0));
}
