/**
 * Cuts GitHub's OpenAPI description down to the routes that the embedded server answers, with the components
 * that they reach, and writes test/hub/openapi/github.json: one line a path, one line a component.
 *
 *   node scripts/prune-openapi.ts path/to/api.github.com.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const REPOSITORY = "/repos/{owner}/{repo}";
const ROUTES: Readonly<Record<string, readonly string[]>> = {
  [REPOSITORY]: ["get"],
  [`${REPOSITORY}/actions/jobs/{job_id}`]: ["get"],
  [`${REPOSITORY}/actions/runs/{run_id}`]: ["get"],
  [`${REPOSITORY}/actions/runs/{run_id}/attempts/{attempt_number}`]: ["get"],
  [`${REPOSITORY}/actions/runs/{run_id}/attempts/{attempt_number}/jobs`]: ["get"],
  [`${REPOSITORY}/actions/runs/{run_id}/jobs`]: ["get"],
  [`${REPOSITORY}/commits`]: ["get"],
  [`${REPOSITORY}/git/commits`]: ["post"],
  [`${REPOSITORY}/git/commits/{commit_sha}`]: ["get"],
  [`${REPOSITORY}/git/matching-refs/{ref}`]: ["get"],
  [`${REPOSITORY}/git/ref/{ref}`]: ["get"],
  [`${REPOSITORY}/git/refs`]: ["post"],
  [`${REPOSITORY}/git/refs/{ref}`]: ["patch", "delete"],
  [`${REPOSITORY}/git/trees`]: ["post"],
};

/** What documents but does not constrain. */
const DROPPED = new Set(["example", "examples", "summary", "externalDocs", "headers", "links", "tags"]);

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** `named` is true inside a map whose keys are names, where "example" or "tags" is a property and stays. */
function strip(value: Json, named = false): Json {
  if (Array.isArray(value)) return value.map((item) => strip(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name, inner]) => {
    if (named) return true;
    if (name === "description" || name === "title") return typeof inner !== "string";
    return !DROPPED.has(name) && !name.startsWith("x-");
  });
  return Object.fromEntries(
    kept.map(([name, inner]) => [name, strip(inner, name === "properties" && !named)]),
  );
}

function referencesIn(value: Json, found: Set<string>): Set<string> {
  if (Array.isArray(value)) for (const item of value) referencesIn(item, found);
  else if (isObject(value)) {
    if (typeof value.$ref === "string") found.add(value.$ref);
    for (const inner of Object.values(value)) referencesIn(inner, found);
  }
  return found;
}

function lookUp(document: Json, pointer: string): Json {
  let value: Json | undefined = document;
  for (const name of pointer.slice(2).split("/")) value = isObject(value) ? value[name] : undefined;
  if (value === undefined) throw new Error(`The description refers to ${pointer}, which it does not have`);
  return value;
}

/** Every component that is reached, by its pointer. */
function reach(document: Json, paths: Json): Map<string, Json> {
  const reached = new Map<string, Json>();
  const pending = [...referencesIn(paths, new Set())];
  for (let pointer = pending.pop(); pointer !== undefined; pointer = pending.pop()) {
    if (reached.has(pointer)) continue;
    const component = strip(lookUp(document, pointer));
    reached.set(pointer, component);
    pending.push(...referencesIn(component, new Set()));
  }
  return reached;
}

function prunePaths(document: Json): { [path: string]: Json } {
  const paths: { [path: string]: Json } = {};
  for (const [path, methods] of Object.entries(ROUTES)) {
    const all = isObject(document) && isObject(document.paths) ? document.paths[path] : undefined;
    if (!isObject(all)) throw new Error(`The description has no ${path}`);
    // A response may be called by a name that is dropped elsewhere, so only the operations are stripped.
    paths[path] = Object.fromEntries(methods.map((method) => [method, strip(all[method] ?? null)]));
  }
  return paths;
}

function lines(entries: readonly (readonly [string, Json])[]): string {
  return entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(",\n");
}

function write(document: Json): string {
  const paths = prunePaths(document);
  const groups = new Map<string, [string, Json][]>();
  for (const [pointer, component] of [...reach(document, paths)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [, , group = "", name = ""] = pointer.split("/");
    groups.set(group, [...(groups.get(group) ?? []), [name, component]]);
  }
  const components = [...groups].map(([group, entries]) => `"${group}": {\n${lines(entries)}\n}`).join(",\n");
  const head = isObject(document) ? lines([["openapi", document.openapi ?? ""]]) : "";
  return `{\n${head},\n"paths": {\n${lines(Object.entries(paths))}\n},\n"components": {\n${components}\n}\n}\n`;
}

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error("Give the path of api.github.com.json");
const target = fileURLToPath(new URL("../test/hub/openapi/github.json", import.meta.url));
const text = write(JSON.parse(readFileSync(source, "utf8")));
JSON.parse(text);
writeFileSync(target, text);
console.log(`${target}: ${Math.ceil(text.length / 1024)} KB`);
