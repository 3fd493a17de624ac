/**
 * Finds workflow files, and reads what they refer to in their repository.
 * Owns what a path may mean, and that nothing outside the repository is read; must not know what files say.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Read } from "./commands.ts";
import type { WorkflowFile } from "./lint.ts";

export interface Found {
  /** Of the repository, absolute. */
  readonly root: string;
  /** What was asked for. */
  readonly files: readonly WorkflowFile[];
  /** Workflows beside them, which they may call or share locks with. */
  readonly others: readonly WorkflowFile[];
  readonly read: Read;
}

/** GitHub takes half of it. */
const MAX_BYTES = 1 << 20;

/**
 * @param path a repository, a folder in one, a folder of workflows, or a file
 * @returns what is wrong with the path, where nothing can be read
 */
export function findWorkflows(path: string): Found | { readonly problem: string } {
  const asked = resolve(path);
  const kind = kindOf(asked);
  if (kind === null) return { problem: `there is no file or folder ${JSON.stringify(path)}` };
  if (kind === "file") {
    const root = repositoryAround(dirname(asked)) ?? dirname(asked);
    const names = workflowNames(join(root, WORKFLOWS)).map((name) => `${WORKFLOWS}/${name}`);
    const own = slashes(relative(root, asked));
    return foundAt(
      root,
      [own],
      names.filter((name) => name !== own),
    );
  }
  const plain = workflowNames(asked);
  const root = repositoryAround(asked);
  const isTheRepositorys =
    root !== null && [root, join(root, ".github"), join(root, WORKFLOWS)].includes(asked);
  // A folder of YAML files that are nobody's workflows: they were asked for, so they are meant.
  if (plain.length > 0 && !isTheRepositorys) return foundAt(asked, plain, []);
  const names = root === null ? [] : workflowNames(join(root, WORKFLOWS));
  if (root === null || names.length === 0)
    return { problem: `there are no workflows in ${JSON.stringify(path)}, nor in its ${WORKFLOWS}` };
  return foundAt(
    root,
    names.map((name) => `${WORKFLOWS}/${name}`),
    [],
  );
}

const WORKFLOWS = ".github/workflows";

/** The nearest folder, this one or one around it, that has workflows. */
function repositoryAround(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (kindOf(join(at, WORKFLOWS)) === "folder") return at;
    // A repository without workflows ends the search: what is around it is another's.
    if (kindOf(join(at, ".git")) !== null || dirname(at) === at) return null;
  }
}

function foundAt(root: string, files: readonly string[], others: readonly string[]): Found {
  const read = readerOf(root);
  const load = (path: string): WorkflowFile[] => {
    const content = read(path);
    return content === null ? [] : [{ path, content }];
  };
  return { root, read, files: files.flatMap(load), others: others.flatMap(load) };
}

function workflowNames(folder: string): string[] {
  if (kindOf(folder) !== "folder") return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(basename(entry.name)))
    .map((entry) => entry.name)
    .sort();
}

function kindOf(path: string): "file" | "folder" | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) return "file";
  return stats?.isDirectory() ? "folder" : null;
}

/** Scripts and actions are named by the workflows: neither `..` nor a link leads out of the repository. */
function readerOf(root: string): Read {
  const known = new Map<string, string | null>();
  const realRoot = realpathSync(root);
  const load = (path: string): string | null => {
    if (path === "" || /[\0]/.test(path)) return null;
    try {
      const real = realpathSync(join(root, path));
      if (!real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return null;
      return kindOf(real) === "file" ? head(real) : null;
    } catch {
      return null;
    }
  };
  return (path) => {
    const text = known.has(path) ? (known.get(path) ?? null) : load(path);
    known.set(path, text);
    return text;
  };
}

function head(path: string): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(MAX_BYTES);
    return buffer.toString("utf8", 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

function slashes(path: string): string {
  return path.split(sep).join("/");
}
