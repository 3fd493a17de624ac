/**
 * lighttpd in front of `git http-backend`, with passwords: a web server as people run it.
 * Owns its configuration and its process; must know nothing of locks. Its modules are those of Debian's package `lighttpd`.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { addressOf, closeServer } from "../contract/front.ts";

export interface Lighttpd {
  readonly url: string;
  close(): Promise<void>;
}

/** Debian has it where only root's PATH looks. */
const PROGRAM = ["/usr/sbin/lighttpd", "/usr/bin/lighttpd", "/usr/local/sbin/lighttpd"].find((path) =>
  existsSync(path),
);

/** Why it can't be tried here; `null` where it can. */
export const WITHOUT_LIGHTTPD = PROGRAM === undefined ? "lighttpd is not installed" : null;

export async function startLighttpd(
  root: string,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<Lighttpd> {
  if (PROGRAM === undefined) throw new Error("lighttpd is not installed");
  const port = await freePort();
  const [configuration, users] = [join(root, "lighttpd.conf"), join(root, "lighttpd.users")];
  const gitDir = execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim();
  await writeFile(
    configuration,
    configurationOf({ root, port, users, backend: join(gitDir, "git-http-backend") }),
  );
  await writeFile(users, `${user}:${password}\n`);
  const child = spawn(PROGRAM, ["-D", "-f", configuration], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  for (let tries = 0; !(await answers(port)); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error(`lighttpd does not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function configurationOf(at: {
  readonly root: string;
  readonly port: number;
  readonly users: string;
  readonly backend: string;
}): string {
  return `
server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")
server.document-root = "${at.root}"
server.bind = "127.0.0.1"
server.port = ${at.port}
server.upload-dirs = ("${at.root}")
server.stream-request-body = 0
auth.backend = "plain"
auth.backend.plain.userfile = "${at.users}"
auth.require = ("/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
alias.url = ("/" => "${at.backend}/")
cgi.assign = ("" => "")
setenv.set-environment = (
  "GIT_PROJECT_ROOT" => "${at.root}",
  "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_GLOBAL" => "/dev/null",
  "PATH" => env.PATH
)
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = new URL(addressOf(server));
  await closeServer(server);
  return Number(port);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
