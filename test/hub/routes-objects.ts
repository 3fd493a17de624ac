/**
 * Owns the REST routes of the repository itself, of commits and of trees. Knows nothing of refs except that a
 * list of commits may begin at one.
 */
import { describeRepository } from "./descriptions.ts";
import {
  type Answer,
  bodyObject,
  type Exchange,
  isoSeconds,
  missing,
  Refusal,
  type Route,
} from "./exchange.ts";
import { runGit } from "./git.ts";
import { history } from "./history.ts";
import { type Commit, EMPTY_TREE, isOid, type Person } from "./objects.ts";
import { linkHeader, page } from "./paging.ts";
import type { HubRepository } from "./repository.ts";
import { refuseIfEmpty } from "./routes-refs.ts";

const VERIFICATION = {
  verified: false,
  reason: "unsigned",
  signature: null,
  payload: null,
  verified_at: null,
};

const presentPerson = ({ name, email, date }: Person) => ({ name, email, date: isoSeconds(date) });

function links(exchange: Exchange, oid: string): { url: string; html_url: string } {
  const { hubUrl, repository } = exchange;
  return {
    url: `${hubUrl}/repos/${repository.fullName}/git/commits/${oid}`,
    html_url: `${hubUrl}/${repository.fullName}/commit/${oid}`,
  };
}

function nodeIdOf(repository: HubRepository, oid: string): string {
  return `C_${Buffer.from(`${repository.fullName}:${oid}`).toString("base64url")}`;
}

function presentCommit(exchange: Exchange, commit: Commit): Record<string, unknown> {
  const { hubUrl, repository } = exchange;
  return {
    sha: commit.oid,
    node_id: nodeIdOf(repository, commit.oid),
    ...links(exchange, commit.oid),
    author: presentPerson(commit.author),
    committer: presentPerson(commit.committer),
    tree: { sha: commit.tree, url: `${hubUrl}/repos/${repository.fullName}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha, ...links(exchange, sha) })),
    verification: VERIFICATION,
  };
}

async function getRepository(exchange: Exchange): Promise<Answer> {
  return { status: 200, body: describeRepository(exchange) };
}

async function getCommit(exchange: Exchange): Promise<Answer> {
  await refuseIfEmpty(exchange.repository);
  const commit = await exchange.repository.commit(exchange.params.commit_sha ?? "");
  if (!commit) throw new Refusal(404, "Not Found");
  return { status: 200, body: presentCommit(exchange, commit) };
}

function personIn(value: unknown, fallback: Person): Person {
  if (value === null || typeof value !== "object") return fallback;
  const given: Record<string, unknown> = { ...value };
  const date = typeof given.date === "string" ? new Date(given.date) : fallback.date;
  if (Number.isNaN(date.getTime())) throw new Refusal(422, "The date is not valid.");
  const text = (field: unknown, otherwise: string): string => (typeof field === "string" ? field : otherwise);
  return { name: text(given.name, fallback.name), email: text(given.email, fallback.email), date };
}

async function treeExists(repository: HubRepository, oid: unknown): Promise<boolean> {
  if (!isOid(oid)) return false;
  if (oid === EMPTY_TREE && repository.options.emptyTreeRefused) return repository.emptyTreeMade;
  return (await repository.objects.read(oid))?.type === "tree";
}

async function createCommit(exchange: Exchange): Promise<Answer> {
  const { repository, token } = exchange;
  await refuseIfEmpty(repository);
  const body = bodyObject(exchange);
  if (typeof body.message !== "string") throw missing("message");
  if (body.message.includes("\0")) throw new Refusal(422, "message contains a null byte");
  if (body.tree === undefined) throw missing("tree");
  if (!(await treeExists(repository, body.tree))) throw new Refusal(422, "Tree SHA does not exist");
  const parents: unknown[] = Array.isArray(body.parents) ? body.parents : [];
  for (const parent of parents) {
    if (isOid(parent) && (await repository.commit(parent))) continue;
    throw new Refusal(422, "Parent SHA does not exist or is not a commit object");
  }
  const email = `${token.login}@users.noreply.github.com`;
  const author = personIn(body.author, { name: token.login, email, date: exchange.now() });
  const oid = await repository.objects.writeCommit({
    tree: String(body.tree),
    parents: parents.map(String),
    author,
    committer: personIn(body.committer, author),
    message: body.message,
  });
  const commit = await repository.commit(oid);
  if (!commit) throw new Error(`The commit ${oid} cannot be read back`);
  return {
    status: 201,
    headers: { location: links(exchange, oid).url },
    body: presentCommit(exchange, commit),
  };
}

/** A file may be given by its blob, or as text, which is then written. */
async function treeEntry(repository: HubRepository, value: unknown) {
  const entry: Record<string, unknown> = value !== null && typeof value === "object" ? { ...value } : {};
  const { path, mode, type, content } = entry;
  const isText = typeof content === "string" && entry.sha === undefined;
  const sha = isText ? (await repository.git(["hash-object", "-w", "--stdin"], content)).trim() : entry.sha;
  if (typeof path !== "string" || /[\0\n\t]/.test(path) || !isOid(sha)) {
    throw new Refusal(422, "tree.sha must be given for each entry");
  }
  return { path, mode: String(mode), type: String(type), sha };
}

async function createTree(exchange: Exchange): Promise<Answer> {
  const { repository, hubUrl } = exchange;
  await refuseIfEmpty(repository);
  const body = bodyObject(exchange);
  if (!Array.isArray(body.tree)) throw missing("tree");
  const tree = await Promise.all(body.tree.map((entry) => treeEntry(repository, entry)));
  const lines = tree.map(({ mode, type, sha, path }) => `${mode} ${type} ${sha}\t${path}\n`);
  const result = await runGit(repository.dir, ["mktree"], lines.join(""));
  if (result.code !== 0) throw new Refusal(422, "Invalid tree info");
  const sha = result.stdout.toString().trim();
  if (sha === EMPTY_TREE) repository.emptyTreeMade = true;
  const url = `${hubUrl}/repos/${repository.fullName}/git/trees/${sha}`;
  return { status: 201, headers: { location: url }, body: { sha, url, tree, truncated: false } };
}

function presentListed(exchange: Exchange, commit: Commit): Record<string, unknown> {
  const { hubUrl, repository } = exchange;
  const { sha, node_id, html_url, parents, author, committer, message, tree, verification, url } =
    presentCommit(exchange, commit);
  const listed = `${hubUrl}/repos/${repository.fullName}/commits/${commit.oid}`;
  return {
    ...{ sha, node_id, html_url, url: listed, comments_url: `${listed}/comments` },
    commit: { author, committer, message, tree, url, comment_count: 0, verification },
    // Who these people are on the server is unknown here, as it is on GitHub for an address that no user has.
    author: null,
    committer: null,
    parents,
  };
}

/** Where a list begins: an oid, a full ref name, or a branch. */
async function startOf(exchange: Exchange): Promise<string | null> {
  const view = exchange.viewOf(exchange.repository);
  const sha = exchange.query.get("sha") ?? "main";
  if (isOid(sha)) return (await exchange.repository.commit(sha)) ? sha : null;
  for (const name of [sha, `refs/${sha}`, `refs/heads/${sha}`]) {
    const ref = name.startsWith("refs/") ? await view.get(name) : null;
    if (ref) return ref.oid;
  }
  return null;
}

async function listCommits(exchange: Exchange): Promise<Answer> {
  const { repository, query } = exchange;
  await refuseIfEmpty(repository);
  const start = await startOf(exchange);
  if (!start) throw new Refusal(404, "Not Found");
  const { perPage, skip } = page(query);
  const listed = (await history(repository, start, skip + perPage + 1)).slice(skip);
  return {
    status: 200,
    headers: linkHeader(exchange, listed.length > perPage),
    body: listed.slice(0, perPage).map((commit) => presentListed(exchange, commit)),
  };
}

const BASE = "/repos/{owner}/{repo}";

export const objectRoutes: readonly Route[] = [
  { method: "GET", template: BASE, need: "metadata", handle: getRepository },
  { method: "GET", template: `${BASE}/git/commits/{commit_sha}`, need: "contents:read", handle: getCommit },
  { method: "POST", template: `${BASE}/git/commits`, need: "contents:write", handle: createCommit },
  { method: "POST", template: `${BASE}/git/trees`, need: "contents:write", handle: createTree },
  { method: "GET", template: `${BASE}/commits`, need: "contents:read", handle: listCommits },
];
