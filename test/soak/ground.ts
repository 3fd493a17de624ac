/**
 * The one folder of a soak: a bare repository with hooks that keep a journal and can stop a push in its middle, and all that processes write elsewhere.
 * Owns the layout and the environment of every process; must not know of locks.
 */
import { chmod, cp, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { git, gitEnvironment, runGit } from "../hub/git.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** Where in a push it is stopped: before anything is done, with all refs locked, or when they are changed and nobody has been told. */
export const STAGES = ["before", "prepared", "committed"] as const;
export type Stage = (typeof STAGES)[number];

export interface Ground {
  readonly dir: string;
  readonly repository: string;
  /** The command line under test. */
  readonly program: string;
  /** The folder first in every PATH. */
  readonly mark: string;
  /** First in the PATH of the server that can't change several refs as one. */
  readonly plainBin: string;
  readonly temporary: string;
  readonly cache: string;
  readonly env: Readonly<Record<string, string>>;
  path(name: string): string;
  git(...args: string[]): Promise<string>;
  /** The next push is stopped there. */
  arm(stage: Stage): Promise<void>;
  disarm(): Promise<void>;
}

/** The number and the start of the git that runs the hook: numbers of processes come again. */
const ID = `read -r line </proc/$PPID/stat && state=$1 && set -- $line && id=$PPID-\${22}`;

/** Waits as long as the file is there, but not for ever. */
const pauseAt = (stage: Stage) => `
if [ -e soak-arm-${stage} ] && mv soak-arm-${stage} "soak-paused-${stage}.$PPID.$$" 2>/dev/null; then
  n=0
  while [ -e "soak-paused-${stage}.$PPID.$$" ] && [ $n -lt 400 ]; do sleep 0.05; n=$((n + 1)); done
fi`;

const REFERENCE_TRANSACTION = `#!/bin/sh
[ -z "$HUB_PACKING" ] || exit 0
cd "\${GIT_DIR:-.}" || exit 1
${ID}
case $state in
prepared)
  echo "prepared $id"
  while read -r old new ref; do echo "change $id $old $new $ref"; done
  ;;
*) echo "$state $id" ;;
esac >>oracle.log
case $state in
prepared)${pauseAt("prepared")}
;;
committed)${pauseAt("committed")}
;;
esac
exit 0
`;

const PRE_RECEIVE = `#!/bin/sh
cat >/dev/null
cd "\${GIT_DIR:-.}" || exit 1
${pauseAt("before")}
exit 0
`;

const SSH = `#!/bin/sh
for last; do :; done
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
exec sh -c "$last"
`;

export async function openGround(dir: string): Promise<Ground> {
  const path = (name: string) => join(dir, name);
  const [repository, mark, plainBin] = [path("locks.git"), path("bin"), path("plain")];
  const ground: Ground = {
    ...{ dir, repository, mark, plainBin, path },
    program: path("package/dist/cli.js"),
    temporary: path("tmp"),
    cache: path("cache"),
    env: {
      ...gitEnvironment(),
      PATH: `${mark}:${dirname(process.execPath)}:${process.env.PATH ?? "/usr/bin:/bin"}`,
      HOME: path("home"),
      TMPDIR: path("tmp"),
      XDG_CACHE_HOME: path("cache"),
      GIT_CEILING_DIRECTORIES: dir,
      GIT_SSH_COMMAND: `'${join(mark, "soak-ssh")}'`,
      GIT_SSH_VARIANT: "ssh",
    },
    git: (...args) => git(repository, args),
    arm: (stage) => writeFile(join(repository, `soak-arm-${stage}`), ""),
    async disarm() {
      const left = (await readdir(repository)).filter((name) => /^soak-(arm|paused)-/.test(name));
      await Promise.all(left.map((name) => rm(join(repository, name), { force: true })));
    },
  };
  for (const folder of ["bin", "plain", "tmp", "cache", "home", "desk"])
    await mkdir(path(folder), { recursive: true });
  await program(join(mark, "soak-ssh"), SSH);
  await copyPackage(path("package"));
  const real = (process.env.PATH ?? "").split(":").map((folder) => join(folder, "git"));
  const found = await firstThere(real);
  await program(join(plainBin, "git"), `#!/bin/sh\nexec '${found}' -c receive.advertiseAtomic=false "$@"\n`);
  await openRepository(repository);
  await ground.disarm();
  return ground;
}

/** What is shipped, as it is now: a build in between must not take it away from under those who run. */
async function copyPackage(to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  for (const part of ["package.json", "dist/cli.js", "dist/cli", "dist/shared"])
    await cp(join(PACKAGE, part), join(to, part), { recursive: true });
}

async function openRepository(repository: string): Promise<void> {
  await mkdir(repository, { recursive: true });
  await git(repository, ["init", "--quiet", "--bare", "."]);
  // A killed process loses nothing that the system has; only a power cut would. Ref locks are waited for as long as git does by itself.
  for (const [name, value] of [
    ["core.fsync", "none"],
    ["http.receivepack", "true"],
    ["gc.auto", "0"],
    ["receive.autogc", "false"],
  ] as const)
    await git(repository, ["config", name, value]);
  await mkdir(join(repository, "hooks"), { recursive: true });
  await program(join(repository, "hooks", "reference-transaction"), REFERENCE_TRANSACTION);
  await program(join(repository, "hooks", "pre-receive"), PRE_RECEIVE);
  const journal = join(repository, "oracle.log");
  await writeFile(journal, await readFile(journal).catch(() => ""));
}

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, script);
  await chmod(path, 0o755);
}

async function firstThere(paths: readonly string[]): Promise<string> {
  for (const path of paths) if (await stat(path).catch(() => null)) return path;
  throw new Error("there is no git on the PATH");
}

/** A look at the whole repository by git: problems, one a line. */
export async function fsck({ repository }: Ground): Promise<string[]> {
  const { code, stdout, stderr } = await runGit(repository, [
    "fsck",
    "--full",
    "--no-dangling",
    "--no-progress",
  ]);
  const lines = `${stdout}${stderr}`.split("\n").filter((line) => line !== "" && !line.startsWith("notice:"));
  return code === 0 ? lines : [`git fsck ended with ${code}`, ...lines];
}

/** All files below a folder, whoever makes and removes folders there meanwhile. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? await filesIn(path) : [path];
  });
  return (await Promise.all(found)).flat();
}

export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of await filesIn(folder)) bytes += (await lstat(path).catch(() => null))?.size ?? 0;
  return bytes;
}
