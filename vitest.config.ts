import { configDefaults, defineConfig } from "vitest/config";

/**
 * Tests of work that is still open: scenarios of takeover, clear, several slots and re-entrancy under lost requests, some of which fail and say what is
 * left to do. They run by name, and come off this list as they pass: `npx vitest run --config vitest.open.config.ts`.
 */
export const OPEN = [
  "test/contract/{lost-requests,acquire-all,slots-late,slots,reentry,several-lost,each-way,clear-races,opposed}.test.ts",
  "test/contract/{dead-holder,dead-waiters,takeover-race,liveness,liveness-runner}.test.ts",
  "test/e2e/{guarded-run,slots,deadlock,reentrant,scope-run,crash,clear,freeze,liveness}.test.ts",
  "test/simulation/reentry.test.ts",
];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...OPEN],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // GitHub's workflow parser imports JSON without import attributes, which plain Node refuses.
    server: { deps: { inline: [/@actions\//] } },
  },
});
