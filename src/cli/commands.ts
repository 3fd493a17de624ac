/**
 * What each command is done by. Loaded once there is something to do, and then as a whole: many small files cost more than they save.
 */
import { acquireCommand, freezeCommand } from "./acquire.ts";
import { adviceFor } from "./advice.ts";
import type { Act } from "./call.ts";
import { checkCommand } from "./check.ts";
import { clearCommand } from "./clear.ts";
import { completionCommand } from "./completion.ts";
import type { CommandName } from "./definitions.ts";
import { doctorCommand } from "./doctor.ts";
import { logCommand } from "./log.ts";
import { releaseCommand } from "./release.ts";
import { runCommand } from "./run.ts";
import { statusCommand } from "./status.ts";

export const COMMANDS: Readonly<Record<CommandName, Act>> = {
  run: runCommand,
  acquire: acquireCommand,
  release: releaseCommand,
  check: checkCommand,
  status: statusCommand,
  log: logCommand,
  clear: clearCommand,
  freeze: freezeCommand,
  doctor: doctorCommand,
  // GitHub's own parser is larger than all the rest.
  lint: async ({ words, options }) => (await import("./lint.ts")).lintCommand(words[0] ?? ".", options),
  completion: completionCommand,
};

/** What to do about a failure of theirs. */
export const advise = adviceFor;
