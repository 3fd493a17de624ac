/**
 * A git server that is started, killed with all its children, and started again on the same port.
 * Owns its process; must not know when or why it is killed.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface Server {
  readonly url: string;
  readonly pid: number | null;
  tell(words: string): void;
  /** SIGKILL to the process and to all that it has started. Resolves when it has ended. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./serve.ts", import.meta.url));

export async function startServer(
  root: string,
  env: Readonly<Record<string, string>>,
  log: (text: string) => void,
): Promise<Server> {
  let port = 0;
  let child: ChildProcessByStdio<Writable, Readable, Readable> | null = null;
  const start = async () => {
    for (let tries = 0; ; tries++) {
      const started = spawn(process.execPath, [PROGRAM, root, String(port)], {
        env: { ...env },
        detached: true,
        stdio: ["pipe", "pipe", "pipe"],
      });
      started.stdin.on("error", () => {});
      started.stderr.on("data", (chunk: Buffer) => log(`server: ${chunk.toString().slice(0, 500)}`));
      const said = await Promise.race([once(started.stdout, "data"), once(started, "exit")]);
      const found = Number(String(said[0]).trim());
      if (started.exitCode === null && found > 0) {
        port = found;
        child = started;
        return;
      }
      if (tries > 20) throw new Error("the git server does not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    get pid() {
      return child?.pid ?? null;
    },
    tell: (words) => child?.stdin.write(`${words}\n`),
    async kill() {
      const killed = child;
      child = null;
      if (killed?.pid === undefined) return;
      const ended = once(killed, "exit");
      try {
        process.kill(-killed.pid, "SIGKILL");
      } catch {
        // It had ended by itself.
      }
      if (killed.exitCode === null && killed.signalCode === null) await ended;
    },
    start,
  };
}
