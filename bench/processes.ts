/**
 * Programs that are started to be timed, with an environment in which nobody's own settings count.
 * Owns the timing of one start; must not know what is run.
 */
import { spawn } from "node:child_process";

export type Timed = (file: string, args: readonly string[], cwd: string) => Promise<number>;

/**
 * @param home an empty folder
 * @returns starts a program, waits for its end, and gives the time between in milliseconds; its failure is an exception
 */
export function timing(home: string): Timed {
  return (file, args, cwd) =>
    new Promise((resolve, reject) => {
      const env = {
        ...{ PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: home },
        ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_AUTHOR_NAME: "bench", GIT_AUTHOR_EMAIL: "bench@localhost" },
        ...{ GIT_COMMITTER_NAME: "bench", GIT_COMMITTER_EMAIL: "bench@localhost" },
      };
      const startedMs = performance.now();
      const child = spawn(file, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
      let said = "";
      child.stderr.on("data", (chunk) => {
        said += chunk;
      });
      child.once("error", reject);
      child.once("exit", (code) => {
        const durationMs = performance.now() - startedMs;
        if (code === 0) resolve(durationMs);
        else reject(new Error(`${file} ${args.join(" ")} ended with ${code}:\n${said}`));
      });
    });
}
