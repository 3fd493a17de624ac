/**
 * Owns GitHub's own GraphQL schema, built once a process and only when a request needs it: it takes a while.
 */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { buildSchema, type GraphQLSchema } from "graphql";

let built: GraphQLSchema | null = null;

export function githubSchema(): GraphQLSchema {
  if (!built) {
    // Importing the package would parse its JSON form as well, which costs more than all the rest.
    const manifest = findPackageJSON("@octokit/graphql-schema", import.meta.url);
    if (manifest === undefined) throw new Error("@octokit/graphql-schema is not installed");
    const text = readFileSync(join(dirname(manifest), "schema.graphql"), "utf8");
    // The published text has fields that occur twice, which does not matter for executing.
    built = buildSchema(text, { assumeValidSDL: true, noLocation: true });
  }
  return built;
}
