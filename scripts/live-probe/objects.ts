/**
 * The points about commits, what may be read of them, and how soon a write is seen.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, digText, said } from "./api.ts";
import { type Finding, judged, noted, type Point, point } from "./point.ts";
import { Broken, EMPTY_TREE, type Probe } from "./probe.ts";

async function emptyTree(probe: Probe): Promise<Finding> {
  const body = { message: "reflock probe: the empty tree", tree: EMPTY_TREE, parents: [] };
  const answer = await probe.api.request("POST", "git/commits", { body });
  if (answer.status === 201) return judged(true, said(answer));
  const made = await probe.api.request("POST", "git/trees", { body: { tree: [] } });
  const again = await probe.api.request("POST", "git/commits", { body });
  return judged(false, `${said(answer)}; POST git/trees: ${said(made)}; then: ${said(again)}`);
}

/** The Date header is written after the commit was, by as much as the request took, and both are rounded to seconds. */
async function serverTime(probe: Probe): Promise<Finding> {
  const gaps: number[] = [];
  let good = true;
  for (let n = 0; n < 3; n++) {
    const since = performance.now();
    const answer = await probe.write();
    const tookSeconds = (performance.now() - since) / 1000;
    const dated = Date.parse(digText(answer.body, "committer", "date") ?? "");
    const replied = Date.parse(answer.headers.get("date") ?? "");
    if (answer.status !== 201 || Number.isNaN(dated + replied)) {
      throw new Broken(`no dates to compare: ${said(answer)}`);
    }
    const gap = (replied - dated) / 1000;
    good &&= gap >= -1 && gap <= tookSeconds + 1;
    gaps.push(gap);
    await sleep(300);
  }
  return judged(good, `Date minus commit date: ${gaps.join(", ")} s`);
}

/** A takeover makes an entry that no ref reaches yet, and a claim on top of it; both are read back before they are. */
async function unreferenced(probe: Probe): Promise<Finding> {
  const first = await probe.commit();
  const second = await probe.commit(await probe.commit(first));
  const read = await probe.api.request("GET", `git/commits/${second}`);
  const ref = `${probe.root}p32`;
  await probe.create(ref, first);
  const body = { sha: second, force: false };
  const moved = await probe.api.request("PATCH", `git/refs/${ref.replace("refs/", "")}`, { body });
  const good = read.status === 200 && moved.status === 200;
  return judged(good, `GET git/commits: ${said(read)}; the ref moved two commits at once: ${said(moved)}`);
}

function oids(answer: Answer): string[] {
  return Array.isArray(answer.body) ? answer.body.map((commit: unknown) => digText(commit, "sha") ?? "") : [];
}

async function history(probe: Probe): Promise<Finding> {
  const first = await probe.commit();
  const second = await probe.commit(first);
  const third = await probe.commit(second);
  const before = await probe.api.request("GET", `commits?sha=${third}&per_page=2`);
  const ref = `${probe.root}p33`;
  await probe.create(ref, third);
  if ((await probe.settles(ref, third)) === null) throw new Broken("the ref never came into sight");
  const byOid = await probe.api.request("GET", `commits?sha=${third}&per_page=2`);
  const byRef = await probe.api.request("GET", `commits?sha=${encodeURIComponent(ref)}&per_page=2`);
  const good = oids(byOid).join() === [third, second].join();
  const found = (answer: Answer) => (answer.status === 200 ? `${oids(answer).length} commits` : said(answer));
  return judged(
    good,
    `by oid: ${found(byOid)}; before a ref reached it: ${found(before)}; by ref: ${found(byRef)}`,
  );
}

async function blob(probe: Probe): Promise<Finding> {
  const made = await probe.api.request("POST", "git/blobs", {
    body: { content: "reflock probe", encoding: "utf-8" },
  });
  const sha = digText(made.body, "sha");
  if (sha === undefined) return noted(`no blob could be made: ${said(made)}`);
  const answer = await probe.api.request("POST", "git/refs", { body: { ref: `${probe.root}p34`, sha } });
  return noted(`${said(answer)} ${digText(answer.body, "object", "type") ?? ""}`.trim());
}

const CREATES = 10;

async function afterCreate(probe: Probe): Promise<Finding> {
  const oid = await probe.commit();
  let missed = 0;
  let slowestMs = 0;
  for (let n = 0; n < CREATES; n++) {
    const ref = `${probe.root}p35/${n}`;
    await probe.create(ref, oid);
    if ((await probe.tip(ref)) === oid) continue;
    missed++;
    slowestMs = Math.max(slowestMs, (await probe.settles(ref, oid)) ?? Number.POSITIVE_INFINITY);
  }
  const lag = missed === 0 ? "" : `, the last of them seen after ${slowestMs} ms`;
  return judged(slowestMs < 15_000, `404 after ${missed} of ${CREATES} creations${lag}`);
}

const MOVES = 5;

async function afterMove(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p36`;
  let oid = await probe.commit();
  await probe.create(ref, oid);
  await probe.settles(ref, oid);
  const lags: (number | null)[] = [];
  for (let n = 0; n < MOVES; n++) {
    oid = await probe.commit(oid);
    const body = { sha: oid, force: false };
    const moved = await probe.api.request("PATCH", `git/refs/${ref.replace("refs/", "")}`, { body });
    if (moved.status !== 200) throw new Broken(`the ref could not be moved: ${said(moved)}`);
    lags.push(await probe.settles(ref, oid));
  }
  await probe.api.request("DELETE", `git/refs/${ref.replace("refs/", "")}`);
  lags.push(await probe.settles(ref, null));
  const good = lags.every((lag) => lag !== null);
  return judged(
    good,
    `seen after ${lags.map((lag) => lag ?? "more than 15000").join(", ")} ms (the last: a deletion)`,
  );
}

async function limits(probe: Probe): Promise<Finding> {
  const rest = await probe.api.request("GET", "");
  const graphql = await probe.api.graphql("query { rateLimit { cost limit remaining } }", {});
  const header = (answer: Answer, name: string) => answer.headers.get(`x-ratelimit-${name}`);
  const pools = [rest, graphql].map((answer) => `${header(answer, "resource")} ${header(answer, "limit")}`);
  const cost = digText(graphql.body, "data", "rateLimit", "cost") ?? said(graphql);
  const apart = header(rest, "resource") === "core" && header(graphql, "resource") === "graphql";
  return judged(apart, `${pools.join(", ")}; a query of no nodes costs ${cost}`);
}

const REPEATS = 5;

/**
 * Another job's requests may fall between ours, because a repository's jobs share one limit: fewer counted than asked is proof enough.
 */
async function freeRepeats(probe: Probe, path: string): Promise<Finding> {
  const first = await probe.api.request("GET", path);
  const etag = first.headers.get("etag");
  if (first.status !== 200 || etag === null) return judged(false, `no ETag: ${said(first)}`);
  const used = (answer: Answer) => Number(answer.headers.get("x-ratelimit-used") ?? Number.NaN);
  const before = used(await probe.api.request("GET", path));
  const statuses: number[] = [];
  for (let n = 0; n < REPEATS; n++) {
    const headers = { "if-none-match": etag };
    statuses.push((await probe.api.request("GET", path, { headers })).status);
  }
  const counted = used(await probe.api.request("GET", path)) - before - 1;
  const got = `${statuses.join(", ")}; counted: ${counted}`;
  return judged(statuses.every((status) => status === 304) && counted < REPEATS, got);
}

async function repeatedRead(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p38`;
  const oid = await probe.commit();
  await probe.create(ref, oid);
  await probe.settles(ref, oid);
  return freeRepeats(probe, `git/ref/${ref.replace("refs/", "")}`);
}

async function repeatedList(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p39/a`;
  const oid = await probe.commit();
  await probe.create(ref, oid);
  await probe.settles(ref, oid);
  return freeRepeats(probe, `git/matching-refs/${probe.root.replace("refs/", "")}p39/`);
}

export const objectPoints: readonly Point[] = [
  point(30, "A commit of the empty tree, never created", "201", emptyTree),
  point(31, "A commit's date", "the server's, to the second", serverTime),
  point(32, "Commits that no ref reaches", "read, and built upon", unreferenced),
  point(33, "`GET commits?sha=` of such a commit", "the chain, newest first", history),
  point(34, "A ref straight to a blob", "unknown; not used", blob),
  point(35, "GET right after a creation", "there within seconds", afterCreate),
  point(36, "GET after a move or a deletion", "seen within seconds", afterMove),
  point(37, "Limits of REST and GraphQL", "apart", limits),
  point(38, "`If-None-Match` on git/ref", "304, not counted", repeatedRead),
  point(39, "`If-None-Match` on git/matching-refs", "304, not counted", repeatedList),
];
