/**
 * Whether a command can be run at all, before anybody waits for a lock.
 * Owns the search along the PATH; must not run anything.
 */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export const NOT_FOUND = 127;
export const NOT_EXECUTABLE = 126;

export interface Problem {
  readonly status: number;
  readonly message: string;
}

/** `null` where there is a program to run. What the system then says of it is another matter, and said later. */
export function problemOf(name: string, env: Readonly<Record<string, string | undefined>>): Problem | null {
  if (name === "") return { status: NOT_FOUND, message: "The command is empty: name a program behind `--`." };
  // Windows adds endings of its own, and knows no permission to execute.
  if (process.platform === "win32") return null;
  const isPath = name.includes("/");
  const found = isPath ? [look(name)] : pathOf(env).map((folder) => look(join(folder, name)));
  if (found.includes("program")) return null;
  if (found.includes("file") || (isPath && found.includes("other")))
    return {
      status: NOT_EXECUTABLE,
      message: `${name} can't be run: it is not a file that you may execute.`,
    };
  const where = isPath ? "there is no such file" : "no directory in PATH has it";
  return { status: NOT_FOUND, message: `${name} was not found: ${where}.` };
}

function pathOf({ PATH }: Readonly<Record<string, string | undefined>>): readonly string[] {
  // An empty entry is the current directory.
  return (PATH ?? "/usr/bin:/bin").split(delimiter).map((folder) => (folder === "" ? "." : folder));
}

/** In a directory of PATH a directory of that name is passed over. */
function look(path: string): "program" | "file" | "other" | "nothing" {
  try {
    if (!statSync(path).isFile()) return "other";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "EACCES" ? "other" : "nothing";
  }
  try {
    accessSync(path, constants.X_OK);
    return "program";
  } catch {
    return "file";
  }
}
