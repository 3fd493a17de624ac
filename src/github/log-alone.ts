/**
 * A transaction over REST, for servers and tokens that refuse `updateRefs`: the log is compared and decides alone, the other refs follow it.
 * Owns the routes that change one ref, and their texts; must not know the other way.
 *
 * A PATCH with `force: false` is a compare-and-swap because each commit of a log names its predecessor: two children of one tip are not
 * descendants of each other, so that of two racing moves one is refused.
 */
import { LockError } from "../lock/errors.ts";
import { isLogRef } from "../lock/name.ts";
import type { Outcome } from "../lock/ports.ts";
import type { RefChange } from "../lock/refs.ts";
import type { Client } from "./client.ts";
import { answerOf, unreachable } from "./failure.ts";

/** The change that decides over the others: that of a log or, without one, the first. */
export function decidingOf(changes: readonly RefChange[]): RefChange {
  const deciding = changes.find(({ ref }) => isLogRef(ref)) ?? changes[0];
  if (deciding === undefined)
    throw new LockError("bug", "A transaction was to be sent that changes nothing.");
  return deciding;
}

export async function compareLog(client: Client, changes: readonly RefChange[]): Promise<Outcome> {
  const deciding = decidingOf(changes);
  const outcome = await change(client, deciding, !isLogRef(deciding.ref));
  if (outcome !== "applied") return outcome;
  await Promise.all(changes.filter((other) => other !== deciding).map((other) => follow(client, other)));
  return "applied";
}

/** A marker decides nothing: whatever goes wrong with it is mended by whoever changes it next. */
async function follow(client: Client, marker: RefChange): Promise<void> {
  try {
    const outcome = await change(client, marker, true);
    if (outcome === "conflict" && marker.from === null && marker.to !== null)
      await change(client, { ...marker, from: marker.to }, true);
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}

async function change(client: Client, { ref, from, to }: RefChange, force: boolean): Promise<Outcome> {
  const { octokit, owner, repo, send } = client;
  const at = { owner, repo, ref: ref.replace(/^refs\//, "") };
  try {
    await send(async (request) => {
      try {
        if (to === null) await octokit.git.deleteRef({ ...at, request });
        else if (from === null) await octokit.git.createRef({ owner, repo, ref, sha: to, request });
        else await octokit.git.updateRef({ ...at, sha: to, force, request });
      } catch (error) {
        throw conflictOf(error) ?? error;
      }
    });
    return "applied";
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    if (error instanceof Conflict) {
      if (error.isUnexplained) await refuseBlockedRef(client, ref);
      return "conflict";
    }
    if (error.kind === "unreachable") return "unknown";
    throw error;
  }
}

class Conflict extends LockError {
  /** `Reference update failed`: a directory/file conflict, and now and then nothing that anybody knows. */
  readonly isUnexplained: boolean;

  constructor(message: string, cause: unknown) {
    super("refused", message, { cause });
    this.isUnexplained = /Reference update failed/i.test(message);
  }
}

/** A bare 422 never means "held": only these texts say that the ref is elsewhere. */
function conflictOf(error: unknown): LockError | null {
  const answer = answerOf(error);
  if (answer === null || !answer.isWhole || (answer.status !== 422 && answer.status !== 409)) return null;
  if (/already exists|not a fast.?forward|does not exist|update failed/i.test(answer.message)) {
    // An object that was just made and is not there is a replica behind the others, not a conflict.
    if (/object does not exist/i.test(answer.message))
      return unreachable("GitHub does not know our commit yet", error);
    return new Conflict(answer.message, error);
  }
  if (answer.status === 409) return null;
  return new LockError(
    "denied",
    `GitHub refuses to change the lock's refs: ${answer.message}. If a ruleset or a branch protection covers them, exempt them, or choose another \`namespace\`.`,
    { cause: error },
  );
}

/** Looks for a ref above or below ours: git can't keep a ref and a folder of one name, and waiting would not help. */
async function refuseBlockedRef({ octokit, owner, repo, send }: Client, ref: string): Promise<void> {
  const parts = ref.split("/");
  const folders = parts.slice(2, -1).map((_, index) => parts.slice(1, index + 3).join("/"));
  const found = await Promise.all(
    folders.map((folder) =>
      send(async (request) => {
        try {
          return (await octokit.git.getRef({ owner, repo, ref: folder, request })).data.ref;
        } catch (error) {
          if (answerOf(error)?.status === 404) return null;
          throw error;
        }
      }),
    ),
  );
  const below = await send((request) =>
    octokit.git.listMatchingRefs({ owner, repo, ref: `${parts.slice(1).join("/")}/`, request }),
  );
  const blocking = found.find((name) => name !== null) ?? below.data[0]?.ref;
  if (blocking === undefined) return;
  throw new LockError(
    "foreign",
    `The ref ${blocking} is in the way: git cannot have both it and ${ref}. It is not the lock's; delete or rename it, or choose another \`namespace\`.`,
  );
}
