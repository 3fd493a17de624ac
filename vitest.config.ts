import { defineConfig } from "vitest/config";

// GitHub's workflow parser imports JSON without import attributes, which plain Node refuses.
const server = { deps: { inline: [/@actions\//] } };
/** `npm run prove` raises the numbers of many tests. */
const testTimeout = process.env.REFLOCK_PROVE ? 1_800_000 : 60_000;
const common = { server, testTimeout, hookTimeout: 60_000 };

// Those of git by itself change the environment of their process, and those that compute are quicker in one of their own.
// All others leave nothing behind in theirs, so that they may share it, and what it has loaded: GitHub's schema and
// description of its API above all.
const apart = ["test/contract/git-*.test.ts", "test/{linearizability,simulation}/!(simulation).test.ts"];

// They take minutes, for half of which the crowd waits and the simulation has work for all processors: at the end each
// would be alone.
const long = ["test/cli/crowd.test.ts", "test/simulation/simulation.test.ts"];

export default defineConfig({
  test: {
    // Most of them wait for processes that they have started: three share two cores well.
    maxWorkers: 3,
    // They begin in the order of their names.
    projects: [
      { test: { ...common, name: "apart", include: apart } },
      { test: { ...common, name: "long", include: long } },
      {
        test: {
          ...{ ...common, name: "shared", isolate: false },
          ...{ include: ["test/**/*.test.ts"], exclude: [...apart, ...long] },
        },
      },
    ],
  },
});
