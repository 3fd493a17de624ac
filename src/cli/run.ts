/**
 * `run`: holds locks while a command runs.
 * Owns what its options mean; must not know how a command is guarded.
 */
import type { Act } from "./call.ts";
import { repositoryOf } from "./run-environment.ts";
import { runGuarded } from "./run-guarded.ts";
import { withSession } from "./session.ts";
import {
  leaseSecondsOf,
  maxHoldSecondsOf,
  parseNames,
  reasonOf,
  slotsOf,
  usage,
  waitMsOf,
} from "./settings.ts";

export const runCommand: Act = async (call) => {
  const { words, options, terminal } = call;
  const locks = parseNames(words, options);
  const [file, ...args] = call.command ?? [];
  if (file === undefined) throw usage("Name the command behind `--`: reflock run publish -- npm publish");
  const wish = {
    slots: slotsOf(options),
    scope: "job" as const,
    waitMs: waitMsOf(options, terminal.isInteractive),
    maxHoldSeconds: maxHoldSecondsOf(options),
    leaseSeconds: leaseSecondsOf(options, "5m"),
    freeze: false,
    reason: reasonOf(options),
  };
  // Signals are ours to understand: the store is needed when they have come, to give back what was taken.
  return await withSession(call, null, ({ ports, who, mine, remote }) =>
    runGuarded({
      ...{ ports, locks, terminal },
      wish: { ...wish, who, mine },
      repository: repositoryOf(remote.shown),
      command: [file, ...args],
      env: process.env,
    }),
  );
};
