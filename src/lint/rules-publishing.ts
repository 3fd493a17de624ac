/**
 * Rules for steps that publish. Owns their words and examples; must not know how a workflow is read.
 */
import type { Rule } from "./rule.ts";

export const PUBLISHING_RULES = [
  {
    id: "no-lock",
    title: "A job publishes without a lock",
    why: "Two runs that publish at the same time overwrite each other's work, or leave half of each behind.",
    bad: `
on: { push: { tags: ["v*"] } }
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: npm ci && npm publish
`,
    fixed: `
on: { push: { tags: ["v*"] } }
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: actions/checkout@v6
      - uses: reflock/reflock@v1
        with: { name: npm }
      - run: npm ci && npm publish
`,
  },
  {
    id: "publish-before-lock",
    title: "A step publishes before the job takes its lock",
    why: "What runs before the lock runs beside the job that holds it.",
    bad: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: actions/checkout@v6
      - run: docker push ghcr.io/octo/app
      - uses: reflock/reflock@v1
        with: { name: registry }
      - run: docker push ghcr.io/octo/app:latest
`,
    fixed: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: actions/checkout@v6
      - uses: reflock/reflock@v1
        with: { name: registry }
      - run: docker push ghcr.io/octo/app
      - run: docker push ghcr.io/octo/app:latest
`,
  },
  {
    id: "publish-after-release",
    title: "A step publishes after the job gave its lock back",
    why: "The next in line starts as soon as the lock is free, and both publish.",
    bad: `
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        with: { name: site }
      - uses: reflock/reflock@v1
        with: { name: site, operation: release }
      - run: aws s3 sync public s3://example-site
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
        with: { name: site }
      - run: aws s3 sync public s3://example-site
      - uses: reflock/reflock@v1
        with: { name: site, operation: release }
`,
  },
  {
    id: "lock-in-another-job",
    title: "A job publishes under a lock that another job held",
    why: "A hold of scope `job` is given back when that job ends, before the next one begins.",
    bad: `
on: push
permissions: { contents: write, actions: read }
jobs:
  prepare:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: crates }
      - run: cargo package
  publish:
    needs: prepare
    runs-on: ubuntu-latest
    steps:
      - run: cargo publish
`,
    fixed: `
on: push
permissions: { contents: write, actions: read }
jobs:
  prepare:
    runs-on: ubuntu-latest
    steps:
      - run: cargo package
  publish:
    needs: prepare
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: crates }
      - run: cargo publish
`,
  },
  {
    id: "run-lock-not-acquired",
    title: "A job relies on the lock of its run without acquiring it",
    why: "Somebody may have cleared it meanwhile, and a re-run of failed jobs does not take it again: only an acquire finds out.",
    bad: `
on: push
permissions: { contents: write, actions: read }
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: pypi, scope: run }
      - run: python -m build
  publish:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: twine upload dist/*
`,
    fixed: `
on: push
permissions: { contents: write, actions: read }
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: pypi, scope: run }
      - run: python -m build
  publish:
    needs: build
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: pypi, scope: run }
      - run: twine upload dist/*
`,
  },
  {
    id: "lock-not-sure",
    title: "A step publishes although the lock was not had",
    why: "A lock that is skipped, or whose failure is passed over, guards nothing in just the case that it is there for.",
    bad: `
on: { schedule: [{ cron: "0 3 * * *" }] }
jobs:
  nightly:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        id: lock
        with: { name: nightly, wait: 0, on-timeout: skip }
      - run: gh release upload nightly dist/* --clobber
`,
    fixed: `
on: { schedule: [{ cron: "0 3 * * *" }] }
jobs:
  nightly:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions: { contents: write, actions: read }
    steps:
      - uses: reflock/reflock@v1
        id: lock
        with: { name: nightly, wait: 0, on-timeout: skip }
      - run: gh release upload nightly dist/* --clobber
        if: steps.lock.outputs.acquired == 'true'
`,
  },
] as const satisfies readonly Rule[];
