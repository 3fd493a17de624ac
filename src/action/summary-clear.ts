/**
 * How to clear a lock by hand, ready to be copied: at a terminal, or as a step.
 * Owns what such a command has to say; must not know how a page is laid out.
 */
import type { Row } from "./summary-rows.ts";
import type { Seen } from "./summary-seen.ts";
import { shellText, yamlText } from "./summary-text.ts";

const ACTION = "reflock/reflock@v1";
const REASON = "why it has to end";
/** More slots than these are cleared in the same way. */
const MOST_HOLDS = 3;

export interface Clearance {
  readonly shell: readonly string[];
  readonly yaml: readonly string[];
}

/** Lines for each hold that lasts; `null` where nothing is held. */
export function clearance(
  { repository, tips }: Pick<Seen, "repository" | "tips">,
  name: string,
  rows: readonly Row[],
  { serverUrl, ownRepository }: { readonly serverUrl: string; readonly ownRepository: string },
): Clearance | null {
  const held = rows.filter(({ kind, isOpen, claim }) => kind === "hold" && isOpen && claim !== null);
  // Naming any claim of a freeze ends all of it.
  const freeze = held.find(({ isFreeze }) => isFreeze);
  const ended = freeze === undefined ? held.slice(0, MOST_HOLDS) : [freeze];
  if (ended.length === 0) return null;
  const namespace = [...tips.keys()][0]?.split("/").slice(0, -3).join("/") ?? "refs/locks";
  const isElsewhere = repository.toLowerCase() !== ownRepository.toLowerCase();
  const remote = `${serverUrl}/${repository}.git`;
  const shell = ended.map((row) =>
    [
      `reflock clear --remote ${shellText(remote)} \\\n `,
      ...(namespace === "refs/locks" ? [] : [`--namespace ${shellText(namespace)}`]),
      `--expect ${row.claim}`,
      ...(needsForce(row) ? [`--force --reason ${shellText(REASON)}`] : []),
      `-- ${shellText(name)}`,
    ].join(" "),
  );
  const yaml = ended.flatMap((row) => [
    `- uses: ${ACTION}`,
    "  with:",
    "    operation: clear",
    `    name: ${yamlText(name)}`,
    ...(isElsewhere ? [`    repository: ${yamlText(repository)}`] : []),
    ...(namespace === "refs/locks" ? [] : [`    namespace: ${yamlText(namespace)}`]),
    `    expect: ${row.claim}`,
    ...(needsForce(row) ? ["    force: true", `    reason: ${REASON}`] : []),
  ]);
  return { shell, yaml };
}

/** A freeze waits for just this, and what is dead may be ended by anybody. */
function needsForce({ isFreeze, status }: Row): boolean {
  return !isFreeze && status?.alive !== "dead";
}
