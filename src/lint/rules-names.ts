/**
 * Rules for jobs that share a lock. Owns their words and examples; must not know how a workflow is read.
 */
import type { Rule } from "./rule.ts";

export const NAME_RULES = [
  {
    id: "lock-order",
    title: "Two locks are taken in two orders",
    why: "Each of two jobs holds what the other waits for, until one of them is told so and fails.",
    bad: `
on: push
permissions: { contents: write, actions: read }
jobs:
  packages:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: registry }
      - uses: reflock/reflock@v1
        with: { name: site }
      - run: npm publish
  pages:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: site }
      - uses: reflock/reflock@v1
        with: { name: registry }
      - uses: actions/deploy-pages@v4
`,
    fixed: `
on: push
permissions: { contents: write, actions: read }
jobs:
  packages:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with:
          name: |
            registry
            site
      - run: npm publish
  pages:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with:
          name: |
            site
            registry
      - uses: actions/deploy-pages@v4
`,
  },
  {
    id: "name-case",
    title: "One lock is written in two ways",
    why: "Names are compared without regard to case: two that look like two locks are one, and wait for each other.",
    bad: `
on: push
permissions: { contents: write, actions: read }
jobs:
  release:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: release }
      - run: gh release create "$GITHUB_REF_NAME"
  snapshot:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: Release }
      - run: gh release upload snapshot dist/*
`,
    fixed: `
on: push
permissions: { contents: write, actions: read }
jobs:
  release:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: release }
      - run: gh release create "$GITHUB_REF_NAME"
  snapshot:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: release }
      - run: gh release upload snapshot dist/*
`,
  },
  {
    id: "slots",
    title: "Two jobs give one lock different slots",
    why: "They may not exclude each other; the action refuses it as soon as one of them sees the other.",
    bad: `
on: push
permissions: { contents: write, actions: read }
jobs:
  staging:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: cluster, slots: 2 }
      - run: helm upgrade app ./chart --namespace staging
  production:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: cluster }
      - run: helm upgrade app ./chart --namespace production
`,
    fixed: `
on: push
permissions: { contents: write, actions: read }
jobs:
  staging:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: cluster, slots: 2 }
      - run: helm upgrade app ./chart --namespace staging
  production:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: cluster, slots: 2 }
      - run: helm upgrade app ./chart --namespace production
`,
  },
  {
    id: "caller-callee",
    title: "A called workflow takes what its caller holds for one job",
    why: "A hold of scope `job` is not the called workflow's: it stands in line like a stranger, behind that job or whoever got in between.",
    bad: `
on: push
permissions: { contents: write, actions: read }
jobs:
  prepare:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: publish }
      - run: ./prepare.sh
  publish:
    needs: prepare
    uses: reflock/reflock/.github/workflows/guarded-run.yml@v1
    with: { lock: publish, command: ./publish.sh }
`,
    fixed: `
on: push
permissions: { contents: write, actions: read }
jobs:
  prepare:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: reflock/reflock@v1
        with: { name: publish, scope: run }
      - run: ./prepare.sh
  publish:
    needs: prepare
    uses: reflock/reflock/.github/workflows/guarded-run.yml@v1
    with: { lock: publish, command: ./publish.sh }
`,
  },
] as const satisfies readonly Rule[];
