/** Finds its way in a YAML file by names and numbers. Must not know what any of them means. */
import type { Tree } from "../../src/lint/yaml.ts";

export function at(tree: Tree | null | undefined, ...path: readonly (string | number)[]): Tree | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return tree ?? undefined;
  if (tree?.kind === "fields") return at(tree.entries.get(String(first))?.value, ...rest);
  return tree?.kind === "list" ? at(tree.items[Number(first)], ...rest) : undefined;
}

export function textAt(tree: Tree | null | undefined, ...path: readonly (string | number)[]): string {
  const found = at(tree, ...path);
  return found?.kind === "text" ? found.text : "";
}
