/**
 * Rules for one job that takes a lock, and for its file. Owns their words and examples; must not know how a workflow is read.
 */
import type { Rule } from "./rule.ts";

export const JOB_RULES = [
  {
    id: "permissions",
    title: "A job uses a lock and may not, or says not that it may",
    why: "Without `contents: write` no lock can be taken; without `actions: read` nobody sees that a holder has died.",
    bad: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write }
    steps:
      - uses: reflock/reflock@v1
        with: { name: gems }
      - run: gem push pkg/app.gem
`,
    fixed: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: gems }
      - run: gem push pkg/app.gem
`,
  },
  {
    id: "timeout",
    title: "A job takes a lock and has no time limit",
    why: "A job that hangs keeps the lock for six hours, GitHub's own limit, and everybody waits.",
    bad: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: maven central }
      - run: mvn -B deploy
`,
    fixed: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 90
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: maven central }
      - run: mvn -B deploy
`,
  },
  {
    id: "max-hold",
    title: "A lock may be taken over while its job still runs",
    why: "Past `max-hold` others take the lock over, and the job that goes on until its time limit publishes beside them.",
    bad: `
on: push
jobs:
  archive:
    runs-on: [self-hosted, archive]
    timeout-minutes: 120
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: archive, max-hold: 1h }
      - run: reprepro processincoming default
`,
    fixed: `
on: push
jobs:
  archive:
    runs-on: [self-hosted, archive]
    timeout-minutes: 120
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: archive, max-hold: 2h }
      - run: reprepro processincoming default
`,
  },
  {
    id: "input",
    title: "The action would refuse what it is given",
    why: "The step fails at its first run, which for a release workflow is the day of the release.",
    bad: `
on: push
jobs:
  apply:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: terraform, wait: 30 }
      - run: terraform apply -auto-approve
`,
    fixed: `
on: push
jobs:
  apply:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: terraform, wait: 30m }
      - run: terraform apply -auto-approve
`,
  },
  {
    id: "syntax",
    title: "GitHub's parser refuses the workflow",
    why: "A workflow that does not start publishes nothing, and what the linter reads of it may not be what was meant.",
    bad: `
on: push
jobs:
  test:
    run-on: ubuntu-latest
    runs-on: ubuntu-latest
    steps:
      - run: npm test
`,
    fixed: `
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
`,
  },
  {
    id: "ignore",
    title: "A comment ignores a finding without a reason, or ignores nothing",
    why: "Whoever reads it later can't tell whether it still holds.",
    bad: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      # reflock-ignore: no-lock
      - run: npm publish --tag canary
`,
    fixed: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      # reflock-ignore: no-lock each canary has a version of its own, and npm takes a version once
      - run: npm publish --tag canary
`,
  },
] as const satisfies readonly Rule[];
