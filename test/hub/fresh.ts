/**
 * Owns how a bare repository of the hub comes to be, with its settings and its journal, before the first commit. Knows
 * nothing of what becomes of it.
 */
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { git } from "./git.ts";
import { installJournal } from "./journal.ts";

// A lock on a ref is waited for, not reported: under fifty transactions at once the default 100 ms run out.
// A repository that lives for one test needs no fsync; and nothing may pack or collect behind a test's back.
const CONFIGURATION = `
[core]
\tfilesRefLockTimeout = 20000
\tpackedRefsTimeout = 20000
\tfsync = none
[gc]
\tauto = 0
[http]
\treceivepack = true
[receive]
\tautogc = false
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
`;

async function initialise(dir: string): Promise<void> {
  await git(dir, ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", "."]);
  await appendFile(join(dir, "config"), CONFIGURATION);
  await installJournal(dir);
  await git(dir, ["hash-object", "-t", "tree", "-w", "--stdin"]);
}

/** All that is in a repository, by its path there. */
interface Contents {
  /** Each after those that it is in. */
  readonly folders: readonly string[];
  readonly files: readonly { readonly path: string; readonly mode: number; readonly bytes: Buffer }[];
}

async function contentsOf(dir: string): Promise<Contents> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const pathsOf = (isFolder: boolean) =>
    entries
      .filter((entry) => entry.isDirectory() === isFolder)
      .map(({ parentPath, name }) => relative(dir, join(parentPath, name)));
  const files = pathsOf(false).map(async (path) => {
    const [{ mode }, bytes] = await Promise.all([stat(join(dir, path)), readFile(join(dir, path))]);
    return { path, mode, bytes };
  });
  return { folders: pathsOf(true).sort(), files: await Promise.all(files) };
}

/** As git has made the first one in this process: they are all alike, and making one takes two processes. */
let first: Promise<Contents> | null = null;

export async function makeRepository(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  if (first === null) {
    first = initialise(dir).then(() => contentsOf(dir));
    return void (await first);
  }
  const { folders, files } = await first;
  for (const path of folders) await mkdir(join(dir, path));
  await Promise.all(files.map(({ path, mode, bytes }) => writeFile(join(dir, path), bytes, { mode })));
}
