/**
 * An ssh that runs the server's side on this machine: the client speaks git's ssh transport from end to end.
 * Owns the program and the environment that names it; must not know what is asked over it.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface FakeSsh {
  /** The arguments of every call, one line each. */
  called(): string[];
  remove(): void;
}

/** @param isOld whether the server does not get to know which protocol the client would like, as many do not */
export function installFakeSsh(folder: string, isOld = false): FakeSsh {
  const [program, log] = [join(folder, "fake-ssh"), join(folder, "fake-ssh.log")];
  writeFileSync(log, "");
  writeFileSync(
    program,
    `#!/bin/sh
line=
for last; do line="$line$last "; done
printf '%s\\n' "$line" >>'${log}'
GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_GLOBAL
${isOld ? "unset GIT_PROTOCOL" : ""}
exec sh -c "$last"
`,
  );
  chmodSync(program, 0o755);
  const before = { ...process.env };
  process.env.GIT_SSH_COMMAND = `'${program}'`;
  process.env.GIT_SSH_VARIANT = "ssh";
  return {
    called: () => readFileSync(log, "utf8").trim().split("\n"),
    remove() {
      for (const name of ["GIT_SSH_COMMAND", "GIT_SSH_VARIANT"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    },
  };
}
