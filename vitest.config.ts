import { defineConfig } from "vitest/config";

// GitHub's workflow parser imports JSON without import attributes, which plain Node refuses.
const server = { deps: { inline: [/@actions\//] } };
/** `npm run prove` raises the numbers of many tests. */
const testTimeout = process.env.REFLOCK_PROVE ? 1_800_000 : 60_000;
const common = { server, testTimeout, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // Most of them wait for processes that they have started: two share two cores well.
    maxWorkers: 2,
    projects: [
      {
        // They leave nothing behind in their process, so that all may share one, and what it has loaded.
        test: { ...common, name: "parts", include: ["test/{unit,lint}/**/*.test.ts"], isolate: false },
      },
      {
        test: {
          ...{ ...common, name: "whole" },
          ...{ include: ["test/**/*.test.ts"], exclude: ["test/{unit,lint}/**"] },
        },
      },
    ],
  },
});
