/**
 * Stands for `run` in tests of the guarded command alone: starts it, passes signals on, exits as it does. `STOP_AFTER_MS` lets it be stopped,
 * `TEST_SHELL` gives it another shell than the system's.
 * Must not know of locks.
 */
import { startChild } from "../../src/cli/child.ts";

const [file = "", ...args] = process.argv.slice(2);
const { STOP_AFTER_MS: stopAfterMs, TEST_SHELL: shell, ...env } = process.env;
const child = await startChild({
  command: [file, ...args],
  env,
  ...(shell === undefined ? {} : { shell }),
  warn: (text) => void process.stderr.write(`driver: ${text}\n`),
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)
  process.on(signal, () => child.pass(signal));
if (stopAfterMs !== undefined) setTimeout(() => void child.stop(), Number(stopAfterMs));
process.exitCode = await child.ended;
process.stderr.write(`driver: ended with ${process.exitCode}\n`);
process.exit();
