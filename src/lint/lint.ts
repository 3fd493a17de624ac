/**
 * Reads the workflows of a repository and says what is wrong with how they publish and lock.
 * Owns the order of the work; must not know where files come from, nor how findings are shown.
 */
import { checkJob } from "./check-jobs.ts";
import { checkNames } from "./check-names.ts";
import { checkPublishing } from "./check-publishing.ts";
import type { Read } from "./commands.ts";
import { type Finding, inOrder, type Raw } from "./finding.ts";
import { withoutIgnored } from "./ignore.ts";
import { repositoryOf } from "./repository.ts";
import { readWorkflow, type Workflow } from "./workflows.ts";
import { readTree, workflowFaults } from "./yaml.ts";

export interface WorkflowFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly content: string;
}

/**
 * @param files those that are reported on
 * @param others workflows that they may call or share locks with, and that are not reported on
 * @param read any file of the repository: actions, scripts, package.json
 */
export async function lint(
  files: readonly WorkflowFile[],
  others: readonly WorkflowFile[],
  read: Read,
): Promise<Finding[]> {
  const workflows = [...files, ...others].flatMap(({ path, content }): Workflow[] => {
    const tree = readTree(content);
    return tree === null ? [] : [readWorkflow(path, content, tree)];
  });
  const repository = repositoryOf(workflows, read);
  const raw = [
    ...repository.jobs.flatMap((member) => [
      ...checkPublishing(repository, member),
      ...checkJob(repository, member),
    ]),
    ...checkNames(repository),
  ];
  const found: Finding[] = [];
  for (const { path, content } of files) {
    const own = [...(await syntax(path, content)), ...raw.filter(({ file }) => file === path)];
    found.push(...withoutIgnored(path, content.split(/\r?\n/), own));
  }
  return inOrder(found);
}

async function syntax(path: string, content: string): Promise<Raw[]> {
  const faults = await workflowFaults(path, content);
  return faults.map(({ at, message }) => ({
    file: path,
    at,
    rule: "syntax",
    message: `GitHub's parser says: ${message.replace(/\.$/, "")}`,
    fix: "mend the file: GitHub does not start it, so that nothing in it is sure",
    around: [],
  }));
}
