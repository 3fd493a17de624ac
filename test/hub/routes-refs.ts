/**
 * Owns the REST routes of refs: /repos/{owner}/{repo}/git/refs and its kin. What GitHub answers to each
 * refusal of git is decided here. Knows nothing of objects beyond whether they exist.
 */
import { type Answer, bodyObject, type Exchange, missing, Refusal, type Route } from "./exchange.ts";
import { isAncestor } from "./history.ts";
import { isOid, ZERO_OID } from "./objects.ts";
import { isRefName, type Ref, type RefusalReason } from "./references.ts";
import type { HubRepository } from "./repository.ts";

const REFUSALS: Record<RefusalReason, string> = {
  exists: "Reference already exists",
  absent: "Reference does not exist",
  mismatch: "Reference update failed",
  directory: "Reference update failed",
  object: "Object does not exist",
  name: "Reference name is not valid",
  repeated: "Reference update failed",
  locked: "Reference update failed",
  other: "Reference update failed",
};

export async function refuseIfEmpty(repository: HubRepository): Promise<void> {
  if (repository.options.empty && (await repository.refs()).length === 0) {
    throw new Refusal(409, "Git Repository is empty.");
  }
}

function present(exchange: Exchange, ref: Ref): Record<string, unknown> {
  const base = `${exchange.hubUrl}/repos/${exchange.repository.fullName}/git`;
  return {
    ref: ref.name,
    node_id: `REF_${Buffer.from(`${exchange.repository.fullName}:${ref.name}`).toString("base64url")}`,
    url: `${base}/${ref.name}`,
    object: { sha: ref.oid, type: ref.type, url: `${base}/${ref.type}s/${ref.oid}` },
  };
}

const refName = (exchange: Exchange): string => `refs/${exchange.params.ref ?? ""}`;

function shaIn(body: Readonly<Record<string, unknown>>): string {
  if (body.sha === undefined) throw missing("sha");
  if (isOid(body.sha)) return body.sha;
  throw new Refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].");
}

async function listMatching(exchange: Exchange): Promise<Answer> {
  await refuseIfEmpty(exchange.repository);
  const refs = await exchange.viewOf(exchange.repository).list(refName(exchange));
  return { status: 200, body: refs.map((ref) => present(exchange, ref)) };
}

async function getRef(exchange: Exchange): Promise<Answer> {
  await refuseIfEmpty(exchange.repository);
  const ref = await exchange.viewOf(exchange.repository).get(refName(exchange));
  if (!ref) throw new Refusal(404, "Not Found");
  return { status: 200, body: present(exchange, ref) };
}

async function createRef(exchange: Exchange): Promise<Answer> {
  const { repository } = exchange;
  await refuseIfEmpty(repository);
  const body = bodyObject(exchange);
  const name = body.ref;
  if (typeof name !== "string") throw missing("ref");
  if (!/^refs\/[^/]+\/./.test(name)) {
    throw new Refusal(422, "Reference name must start with 'refs' and have at least two slashes.");
  }
  const oid = shaIn(body);
  if (!isRefName(name)) throw new Refusal(422, `${name} is not a valid ref name.`);
  const object = await repository.objects.read(oid);
  if (!object) throw new Refusal(422, REFUSALS.object);
  const result = await repository.transact([{ ref: name, before: ZERO_OID, after: oid }]);
  if (!result.applied) throw new Refusal(422, REFUSALS[result.reason]);
  const ref = present(exchange, { name, oid, type: object.type });
  return { status: 201, headers: { location: String(ref.url) }, body: ref };
}

/** Whether `next` is `tip` or comes after it. */
export function descends(repository: HubRepository, tip: string, next: string): Promise<boolean> {
  return isAncestor(repository.commit, tip, next);
}

async function updateRef(exchange: Exchange): Promise<Answer> {
  const { repository } = exchange;
  await refuseIfEmpty(repository);
  const body = bodyObject(exchange);
  const oid = shaIn(body);
  const name = refName(exchange);
  // What was read is what the swap compares: if it moved in between, look again. Each turn, some other update won.
  for (;;) {
    const tip = await repository.view.get(name);
    if (!tip) throw new Refusal(422, REFUSALS.absent);
    const object = await repository.objects.read(oid);
    if (!object) throw new Refusal(500, "Server Error");
    if (body.force !== true && !(await descends(repository, tip.oid, oid))) {
      throw new Refusal(422, "Update is not a fast forward");
    }
    const result = await repository.transact([{ ref: name, before: tip.oid, after: oid }]);
    if (result.applied) return { status: 200, body: present(exchange, { name, oid, type: object.type }) };
    if (result.reason !== "mismatch" && result.reason !== "absent") {
      throw new Refusal(422, REFUSALS[result.reason]);
    }
  }
}

/** Deletes whatever the ref points at by then: as on GitHub, nothing is compared. */
async function deleteRef(exchange: Exchange): Promise<Answer> {
  const { repository } = exchange;
  await refuseIfEmpty(repository);
  const name = refName(exchange);
  if (!(await repository.view.get(name))) throw new Refusal(422, REFUSALS.absent);
  const result = await repository.transact([{ ref: name, after: ZERO_OID }]);
  if (!result.applied) throw new Refusal(422, REFUSALS[result.reason]);
  return { status: 204 };
}

const BASE = "/repos/{owner}/{repo}/git";

export const refRoutes: readonly Route[] = [
  { method: "GET", template: `${BASE}/matching-refs/{ref}`, need: "contents:read", handle: listMatching },
  { method: "GET", template: `${BASE}/ref/{ref}`, need: "contents:read", handle: getRef },
  { method: "POST", template: `${BASE}/refs`, need: "contents:write", handle: createRef },
  { method: "PATCH", template: `${BASE}/refs/{ref}`, need: "contents:write", handle: updateRef },
  { method: "DELETE", template: `${BASE}/refs/{ref}`, need: "contents:write", handle: deleteRef },
];
