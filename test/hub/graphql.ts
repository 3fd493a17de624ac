/**
 * Owns POST /graphql: GitHub's schema, executed over the same repositories as REST. Errors come with status 200, as
 * on GitHub. Knows nothing of the server around it.
 */
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  parse,
  validate,
} from "graphql";
import { type Answer, bodyObject, type Exchange, isoSeconds, Refusal } from "./exchange.ts";
import { runGit } from "./git.ts";
import { githubSchema } from "./graphql-schema.ts";
import { history } from "./history.ts";
import type { Commit } from "./objects.ts";
import type { HubRepository } from "./repository.ts";
import { demand, type Need } from "./tokens.ts";
import { type RefUpdate, updateRefs } from "./update-refs.ts";

function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

function demandInGraphql(exchange: Exchange, need: Need): void {
  try {
    demand(exchange.token, need);
  } catch (error) {
    throw error instanceof Refusal ? failure("FORBIDDEN", error.message) : error;
  }
}

const isHeadOrTag = (name: string): boolean => /^refs\/(heads|tags)\//.test(name);

function visible(exchange: Exchange, repository: HubRepository | undefined): repository is HubRepository {
  const only = exchange.token.repositories;
  return repository !== undefined && (only === null || only.includes(repository.fullName));
}

function commitNode(repository: HubRepository, commit: Commit): Record<string, unknown> {
  return {
    __typename: "Commit",
    id: `C_${Buffer.from(`${repository.fullName}:${commit.oid}`).toString("base64url")}`,
    oid: commit.oid,
    message: commit.message,
    committedDate: isoSeconds(commit.committer.date),
    authoredDate: isoSeconds(commit.author.date),
    tree: { __typename: "Tree", oid: commit.tree },
    parents: async ({ first }: { first?: number }) => connection(repository, commit.parents, first ?? 100),
    history: async ({ first }: { first?: number }) => {
      const listed = await history(repository, commit.oid, (first ?? 100) + 1);
      return connection(
        repository,
        listed.map(({ oid }) => oid),
        first ?? 100,
      );
    },
  };
}

async function connection(repository: HubRepository, oids: readonly string[], first: number) {
  const nodes = await Promise.all(oids.slice(0, first).map((oid) => objectNode(repository, oid)));
  return { nodes, totalCount: oids.length, pageInfo: { hasNextPage: oids.length > first, endCursor: null } };
}

async function objectNode(repository: HubRepository, oid: string): Promise<Record<string, unknown> | null> {
  const commit = await repository.commit(oid);
  if (commit) return commitNode(repository, commit);
  const type = (await repository.objects.read(oid))?.type;
  return type ? { __typename: type.charAt(0).toUpperCase() + type.slice(1), oid } : null;
}

/** `expression` is what `git rev-parse` takes; a ref in it is read as this request may see it. */
async function resolveExpression(exchange: Exchange, repository: HubRepository, expression: string) {
  const split = /^(refs\/[^~^:@]+)(.*)$/s.exec(expression);
  let revision = expression;
  if (split) {
    const [, name = "", suffix = ""] = split;
    if (repository.options.objectOutsideHeads === "null" && !isHeadOrTag(name)) return null;
    const ref = await exchange.viewOf(repository).get(name);
    if (!ref) return null;
    if (suffix === "") return objectNode(repository, ref.oid);
    revision = `${ref.oid}${suffix}`;
  }
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", revision];
  const result = await runGit(repository.dir, args);
  return result.code === 0 ? objectNode(repository, result.stdout.toString().trim()) : null;
}

async function refNode(exchange: Exchange, repository: HubRepository, name: string) {
  if (repository.options.objectOutsideHeads === "null" && !isHeadOrTag(name)) return null;
  const ref = await exchange.viewOf(repository).get(name);
  if (!ref) return null;
  const short = name.replace(/^refs\/[^/]+\//, "");
  const prefix = name.slice(0, name.length - short.length);
  return { __typename: "Ref", id: name, name: short, prefix, target: () => objectNode(repository, ref.oid) };
}

function repositoryNode(exchange: Exchange, repository: HubRepository): Record<string, unknown> {
  return {
    __typename: "Repository",
    id: repository.nodeId,
    databaseId: repository.id,
    name: repository.fullName.split("/")[1],
    nameWithOwner: repository.fullName,
    isPrivate: repository.options.private ?? false,
    viewerPermission: exchange.token.contents === "write" ? "WRITE" : "READ",
    object: ({ expression, oid }: { expression?: string; oid?: string }) => {
      demandInGraphql(exchange, "contents:read");
      return resolveExpression(exchange, repository, expression ?? oid ?? "");
    },
    ref: ({ qualifiedName }: { qualifiedName: string }) => {
      demandInGraphql(exchange, "contents:read");
      const name = qualifiedName.startsWith("refs/") ? qualifiedName : `refs/heads/${qualifiedName}`;
      return refNode(exchange, repository, name);
    },
  };
}

const NO_SUCH_MUTATION = "NO_SUCH_MUTATION";

async function runUpdateRefs(
  exchange: Exchange,
  input: { repositoryId: string; refUpdates: readonly RefUpdate[]; clientMutationId?: string },
) {
  const { token, repositories } = exchange;
  const repository = [...repositories.values()].find((one) => one.nodeId === input.repositoryId);
  const mode = token.updateRefs ?? repository?.options.updateRefs ?? "works";
  if (mode === "missing") throw failure(NO_SUCH_MUTATION, "");
  if (!visible(exchange, repository)) {
    throw failure("NOT_FOUND", `Could not resolve to a node with the global id of '${input.repositoryId}'.`);
  }
  demandInGraphql(exchange, "contents:write");
  const outside = input.refUpdates.find((update) => !isHeadOrTag(update.name));
  if (mode === "refused" && outside) {
    throw failure("UNPROCESSABLE", `${outside.name} is not a valid branch or tag name.`);
  }
  const refused = await updateRefs(repository, input.refUpdates);
  if (refused !== null) throw failure("UNPROCESSABLE", refused);
  return { clientMutationId: input.clientMutationId ?? null };
}

function rootOf(exchange: Exchange): Record<string, unknown> {
  const { repositories, token } = exchange;
  const { limit, used, reset } = token.limits.graphql;
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const repository = repositories.get(`${owner}/${name}`.toLowerCase());
      if (visible(exchange, repository)) return repositoryNode(exchange, repository);
      throw failure("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    },
    node: ({ id }: { id: string }) => {
      const repository = [...repositories.values()].find((one) => one.nodeId === id);
      if (visible(exchange, repository)) return repositoryNode(exchange, repository);
      throw failure("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'.`);
    },
    viewer: { __typename: "User", login: token.login },
    rateLimit: { limit, used, cost: 1, remaining: limit - used, resetAt: isoSeconds(new Date(reset * 1000)) },
    updateRefs: ({ input }: { input: Parameters<typeof runUpdateRefs>[1] }) => runUpdateRefs(exchange, input),
  };
}

function presentError(error: GraphQLError): Record<string, unknown> {
  const { path, locations, message, originalError, extensions } = error;
  // What a resolver did not mean to throw is a fault of this server, which must not pass as GitHub's answer.
  if (originalError && !(originalError instanceof GraphQLError)) throw originalError;
  const type = extensions.type;
  return { ...(type ? { type } : {}), ...(path ? { path } : {}), locations, message };
}

function missingMutation(error: GraphQLError): Answer {
  const fieldName = "updateRefs";
  const typeName = "Mutation";
  const extensions = { code: "undefinedField", typeName, fieldName };
  const message = `Field '${fieldName}' doesn't exist on type '${typeName}'`;
  const { locations } = error;
  return {
    status: 200,
    body: { errors: [{ path: ["mutation", fieldName], extensions, locations, message }] },
  };
}

interface ReadQuery {
  readonly document: DocumentNode;
  readonly errors: readonly GraphQLError[];
}

/** A client sends the same few queries over and over, with other variables. */
const readQueries = new Map<string, ReadQuery>();

function readQuery(schema: GraphQLSchema, query: string): ReadQuery {
  const known = readQueries.get(query);
  if (known) return known;
  const document = parse(query);
  const read = { document, errors: validate(schema, document) };
  readQueries.set(query, read);
  return read;
}

/** `report` is told what in a query GitHub's schema does not allow: a defect of the client. */
export async function serveGraphql(exchange: Exchange, report: (problem: string) => void): Promise<Answer> {
  const { query, variables } = bodyObject(exchange);
  if (typeof query !== "string")
    throw new Refusal(400, "A query attribute must be specified and must be a string.");
  const schema = githubSchema();
  let result: ExecutionResult;
  try {
    const { document, errors } = readQuery(schema, query);
    for (const { message } of errors) report(message);
    if (errors.length > 0) return { status: 200, body: { errors: errors.map(presentError) } };
    const variableValues = variables !== null && typeof variables === "object" ? { ...variables } : {};
    result = await execute({ schema, document, rootValue: rootOf(exchange), variableValues });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    report(error.message);
    return { status: 200, body: { errors: [presentError(error)] } };
  }
  const unknownMutation = result.errors?.find((error) => error.extensions.type === NO_SUCH_MUTATION);
  if (unknownMutation) return missingMutation(unknownMutation);
  const data = result.data === undefined ? {} : { data: result.data };
  return { status: 200, body: result.errors ? { ...data, errors: result.errors.map(presentError) } : data };
}
