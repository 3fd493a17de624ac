/**
 * Commits as another client of the same format writes them, and as somebody who knows nothing of locks does: by git alone.
 * Owns an encoding of its own, from docs/design.md: it must not import the action's, so that one mistake cannot hide in both.
 */
import { randomUUID } from "node:crypto";
import { EMPTY_TREE } from "../hub/objects.ts";
import type { HubRepository } from "../hub/repository.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Another run, as its claims and entries name it. */
export const STRANGER = {
  repository: "octo/other",
  id: 777,
  attempt: 2,
  job: "tidy",
  jobId: 7771,
  runner: "runner-x",
  workflow: "Tidy",
  event: "workflow_dispatch",
  actor: "hubot",
  url: "https://github.example/octo/other/actions/runs/777/attempts/2",
};

/** Any commit on the empty tree. */
export async function commitByHand(
  repository: HubRepository,
  message: string,
  parent: string | null = null,
): Promise<string> {
  const author = { name: "octo", email: "octo@example.com", date: new Date() };
  const parents = parent === null ? [] : [parent];
  return repository.objects.writeCommit({ tree: EMPTY_TREE, parents, author, committer: author, message });
}

/** `from` null: the ref must not exist; `to` null: it is deleted. */
export async function moveRef(
  repository: HubRepository,
  ref: string,
  from: string | null,
  to: string | null,
): Promise<void> {
  const args = to === null ? ["-d", ref, from ?? ""] : [ref, to, from ?? ""];
  await repository.git(["update-ref", ...args]);
}

export function claimFields(fields: Fields = {}): Fields {
  return {
    reflock: 1,
    kind: "claim",
    nonce: randomUUID(),
    lock: "publish",
    slot: 1,
    slots: 1,
    scope: "job",
    clock: "server",
    requestedAt: new Date().toISOString(),
    maxHoldSeconds: null,
    leaseSeconds: null,
    reason: null,
    run: STRANGER,
    process: null,
    ...fields,
  };
}

export function writeRecord(
  repository: HubRepository,
  subject: string,
  fields: Fields,
  parent: string | null = null,
): Promise<string> {
  return commitByHand(repository, `${subject}\n\n${JSON.stringify(fields, null, 1)}\n`, parent);
}

interface Loss {
  readonly outcome: "cleared" | "taken-over";
  readonly reason: string | null;
  /** Whether the stranger holds the lock afterwards. */
  readonly thenHeld: boolean;
}

/** What `clear` or a takeover by the stranger leaves of the held lock `publish`: all that its holder can then see. */
export async function takeAway(repository: HubRepository, loss: Loss): Promise<void> {
  const { outcome, reason, thenHeld } = loss;
  const tip = (await repository.git(["rev-parse", "refs/locks/publish/log/1"])).trim();
  const marker = (await repository.git(["rev-parse", "refs/locks/publish/holder/1"])).trim();
  const message = (await repository.commit(tip))?.message ?? "";
  const held = JSON.parse(message.slice(message.indexOf("\n\n")));
  const entry = await writeRecord(
    repository,
    `publish ${outcome}`,
    {
      reflock: 1,
      kind: "entry",
      ends: held.nonce,
      lock: "publish",
      slot: 1,
      slots: 1,
      sequence: held.sequence ?? 1,
      outcome,
      by: { run: STRANGER, process: null },
      reason,
      waitedSeconds: 0,
      heldSeconds: 5,
    },
    tip,
  );
  const claim = thenHeld ? await writeRecord(repository, "publish held", claimFields(), entry) : null;
  await moveRef(repository, "refs/locks/publish/log/1", tip, claim ?? entry);
  await moveRef(repository, "refs/locks/publish/holder/1", marker, claim);
}

/** The stranger holds the free lock `publish`, which was never held before. Gives the claim. */
export async function holdByHand(repository: HubRepository, fields: Fields = {}): Promise<string> {
  const claim = await writeRecord(repository, "publish held by somebody", claimFields(fields));
  await moveRef(repository, "refs/locks/publish/log/1", null, claim);
  await moveRef(repository, "refs/locks/publish/holder/1", null, claim);
  return claim;
}
