/**
 * docs/lint.md, made of the rules. Owns the words around them; must not know how anything is found.
 */
import { OPERATIONS } from "../../src/lint/locks.ts";
import type { Rule } from "../../src/lint/rule.ts";
import { TOOLS } from "../../src/lint/tools.ts";

const INTRODUCTION = `# The linter

<!-- Made by test/lint/page.ts of the rules in src/lint. To write it anew: npx vitest run test/lint/page.test.ts -u -->

\`reflock lint\` reads the workflows of a repository and finds jobs that publish without a lock, and locks that do not guard
what they seem to. It is a part of the [command line](cli.md), asks no server, and runs nothing of what it reads.

\`\`\`
reflock lint                                   the workflows of the repository around the current folder
reflock lint path/to/repository                of another
reflock lint .github/workflows/release.yml     one file; the others are read too, for what it calls and shares with them
reflock lint --json                            for scripts: one document on stdout
\`\`\`

Each finding says where it is (file, line, column), which rule it is of, what is wrong, why that matters, and what to do. The
exit status is 0 where nothing was found, 1 where something was, 64 where there was nothing to read. In a workflow run, where
\`GITHUB_ACTIONS\` is \`true\`, findings are annotations as well; GitHub shows ten of a step.

The document of \`--json\` is \`{"workflows": 4, "findings": [{"file", "line", "column", "rule", "message", "why", "fix"}]}\`, with paths
from the root of the repository.

## What counts as taking a lock

- \`uses: <owner>/reflock@…\`, of any owner; \`uses: ./…\` where that is this action;
- \`uses: …/guarded-run.yml@…\` as a job;
- \`reflock run NAME -- COMMAND\` in a script, for that command; \`reflock acquire\` and \`reflock release\`, for what is between them.

Of the operations ${OPERATIONS.map((name) => `\`${name}\``).join(", ")} only \`acquire\` takes a lock, and \`release\` gives it back; \`check\` is none, since it
does not wait. A job whose publishing stands under GitHub's own \`concurrency\` is left alone if the group is the same in every
run and nothing is cancelled: that [may be enough](../README.md#when-githubs-own-concurrency-is-enough).

Names are compared as the lock compares them, without regard to case. A name with an expression in it is compared as text,
once \`env\` and the inputs of composite actions and called workflows are put in where the files say what they are.

## What counts as publishing

Scripts are read as the shell reads them: quotes, comments, here-documents, substitutions, continued lines, functions;
PowerShell, too. What \`sudo\`, \`npx\`, \`bash -c\`, \`ssh\`, \`xargs\`, \`nix develop\` and their like run is looked at, and so are shell scripts of
the repository, the scripts of its \`package.json\` and its composite actions. Called workflows of the repository are looked
at as files of their own. Dry runs are none.
`;

const AFTER_TOOLS = `
Besides, the actions by which people publish packages, images, releases, tags and pages, and deploy to clouds, as far as their
inputs ask for it: \`docker/build-push-action\` with \`push\`, \`changesets/action\` with \`publish\`.

Not seen is what a \`Makefile\` does, a script in another language, an action of somebody else's that is not known, or a called
workflow of another repository. \`kubectl\` and \`helm\` are left alone in a job that has made a cluster for itself, by kind, k3d or
minikube.

## Ignoring a finding

A comment with the rule and a reason, in the line of the finding, or above it, above its step, or above its job:

\`\`\`yaml
# reflock-ignore: no-lock each canary has a version of its own, and npm takes a version once
- run: npm publish --tag canary
\`\`\`

Several rules stand with commas between. Without a reason, or where there is nothing to ignore, the comment is a finding itself.

## The rules
`;

export function page(rules: readonly Rule[]): string {
  const index = rules.map(({ id, title }) => `| [\`${id}\`](#${id}) | ${title} |`);
  return [
    INTRODUCTION,
    `The commands that are known are those of ${toolNames()}.`,
    AFTER_TOOLS,
    ["| rule | finds |", "|---|---|", ...index].join("\n"),
    ...rules.map(section),
  ].join("\n");
}

function toolNames(): string {
  const names = new Set(TOOLS.flatMap((tool) => tool.names.split(" ")));
  return wrapped([...names].map((name) => `\`${name}\``).join(", "));
}

function wrapped(text: string): string {
  return text.replaceAll(/(.{1,118})(?:\s|$)/g, "$1\n").trimEnd();
}

function section({ id, title, why, bad, fixed }: Rule): string {
  return `
### ${id}

**${title}.** ${why}

\`\`\`yaml
${bad.trim()}
\`\`\`

Instead:

\`\`\`yaml
${fixed.trim()}
\`\`\`
`.trimEnd();
}
