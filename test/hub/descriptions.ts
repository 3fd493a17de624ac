/**
 * Owns how users and repositories are described where GitHub embeds them: complete by its own schema, made up in
 * what no client of a lock reads.
 */
import { type Exchange, isoSeconds } from "./exchange.ts";
import type { HubRepository } from "./repository.ts";

export function describeUser(hubUrl: string, login: string): Record<string, unknown> {
  const url = `${hubUrl}/users/${encodeURIComponent(login)}`;
  const lists = ["followers", "following", "gists", "starred", "subscriptions", "organizations", "repos"];
  const urls = [...lists, "events", "received_events"].map((name) => [`${name}_url`, `${url}/${name}`]);
  return {
    login,
    id: 583231,
    node_id: `U_${Buffer.from(login).toString("base64url")}`,
    avatar_url: `${hubUrl}/avatars/${encodeURIComponent(login)}`,
    gravatar_id: "",
    url,
    html_url: `${hubUrl}/${encodeURIComponent(login)}`,
    ...Object.fromEntries(urls),
    type: "User",
    site_admin: false,
  };
}

const REPOSITORY_LISTS = (
  "archive assignees blobs branches collaborators comments commits compare contents contributors deployments " +
  "downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels " +
  "languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags " +
  "teams trees"
).split(" ");

/** What is embedded in a workflow run. */
export function describeMinimalRepository(
  hubUrl: string,
  repository: HubRepository,
): Record<string, unknown> {
  const { fullName, nodeId, id } = repository;
  const [owner = "", name = ""] = fullName.split("/");
  const url = `${hubUrl}/repos/${fullName}`;
  return {
    id,
    node_id: nodeId,
    name,
    full_name: fullName,
    owner: describeUser(hubUrl, owner),
    private: repository.options.private ?? false,
    html_url: `${hubUrl}/${fullName}`,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(
      REPOSITORY_LISTS.map((list) => [`${list}_url`, `${url}/${list.replace("_", "/")}`]),
    ),
  };
}

const COUNTS = (
  "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count network_count " +
  "subscribers_count"
).split(" ");
const FEATURES = ["has_issues", "has_projects", "has_wiki", "has_pages", "has_discussions"];
const CREATED = isoSeconds(new Date(0));

export function describeRepository({ hubUrl, repository, token }: Exchange): Record<string, unknown> {
  const clone = `${hubUrl}/git/${repository.fullName}.git`;
  const write = token.contents === "write";
  return {
    ...describeMinimalRepository(hubUrl, repository),
    ...{ clone_url: clone, git_url: clone, ssh_url: clone, svn_url: clone },
    default_branch: "main",
    permissions: {
      admin: false,
      maintain: false,
      push: write,
      triage: write,
      pull: token.contents !== "none",
    },
    ...Object.fromEntries(COUNTS.map((name) => [name, 0])),
    ...Object.fromEntries(FEATURES.map((name) => [name, false])),
    ...{ homepage: null, language: null, mirror_url: null, license: null, archived: false, disabled: false },
    ...{ pushed_at: CREATED, created_at: CREATED, updated_at: CREATED },
  };
}
