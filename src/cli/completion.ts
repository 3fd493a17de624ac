/**
 * `completion`: the script by which a shell completes our commands, made from the commands themselves.
 * Owns what is completed; how a shell is told, its own file knows.
 */
import type { Act } from "./call.ts";
import { type Completed, completedOf } from "./completed.ts";
import { bashCompletion } from "./completion-bash.ts";
import { fishCompletion } from "./completion-fish.ts";
import { zshCompletion } from "./completion-zsh.ts";
import { usage } from "./settings.ts";

const SCRIPTS: Readonly<Record<string, (completed: Completed) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export const completionCommand: Act = async ({ words: [shell = ""], program, terminal }) => {
  const script = SCRIPTS[shell];
  if (script === undefined)
    throw usage(`There is no completion for that shell: bash, zsh and fish are known.`);
  await terminal.print(script(completedOf(program)).trimEnd());
  return 0;
};
