/**
 * The environment that a runner gives to each process of a job: GitHub's default variables and the event's payload.
 * Owns which variable holds what. Must not know of steps, processes or actions.
 */
import { join } from "node:path";

export interface JobIdentity {
  /** Where the API is: only its address is needed. */
  readonly hub: { readonly url: string };
  readonly repository: { readonly fullName: string; readonly nodeId: string };
  readonly token: string;
  readonly runId: number;
  /** 1 unless set. */
  readonly attempt?: number;
  /** The job's key in its workflow file: `publish` unless set. */
  readonly job?: string;
  /** The API's id of the job, `job.check_run_id`. `null`, as on servers that do not set it, unless given. */
  readonly jobId?: number | null;
  readonly runnerName?: string;
  readonly workflow?: string;
  readonly eventName?: string;
  readonly actor?: string;
  readonly sha?: string;
  /** For links alone. The address of the API unless set. */
  readonly serverUrl?: string;
  /** Merged into the event's payload. */
  readonly event?: Readonly<Record<string, unknown>>;
}

export interface JobFolders {
  readonly temp: string;
  readonly workspace: string;
  readonly eventPath: string;
}

export function jobFolders(root: string): JobFolders {
  return {
    temp: join(root, "temp"),
    workspace: join(root, "workspace"),
    eventPath: join(root, "temp", "_github_workflow", "event.json"),
  };
}

export function githubVariables(identity: JobIdentity, folders: JobFolders): Record<string, string> {
  const { hub, repository, serverUrl = hub.url } = identity;
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION: "__octo_reflock",
    GITHUB_ACTION_REF: "v1",
    GITHUB_ACTION_REPOSITORY: "octo/reflock",
    GITHUB_ACTOR: actorOf(identity),
    GITHUB_ACTOR_ID: "1",
    GITHUB_API_URL: hub.url,
    GITHUB_BASE_REF: "",
    GITHUB_EVENT_NAME: identity.eventName ?? "push",
    GITHUB_EVENT_PATH: folders.eventPath,
    GITHUB_GRAPHQL_URL: `${hub.url}/graphql`,
    GITHUB_HEAD_REF: "",
    GITHUB_JOB: identity.job ?? "publish",
    GITHUB_REF: "refs/heads/main",
    GITHUB_REF_NAME: "main",
    GITHUB_REF_PROTECTED: "false",
    GITHUB_REF_TYPE: "branch",
    GITHUB_REPOSITORY: repository.fullName,
    GITHUB_REPOSITORY_ID: "1",
    GITHUB_REPOSITORY_OWNER: ownerOf(repository.fullName),
    GITHUB_REPOSITORY_OWNER_ID: "1",
    GITHUB_RETENTION_DAYS: "90",
    GITHUB_RUN_ATTEMPT: String(identity.attempt ?? 1),
    GITHUB_RUN_ID: String(identity.runId),
    GITHUB_RUN_NUMBER: String(identity.runId % 1000),
    GITHUB_SERVER_URL: serverUrl,
    GITHUB_SHA: identity.sha ?? "0123456789abcdef0123456789abcdef01234567",
    GITHUB_TRIGGERING_ACTOR: actorOf(identity),
    GITHUB_WORKFLOW: identity.workflow ?? "Publish",
    GITHUB_WORKFLOW_REF: `${repository.fullName}/.github/workflows/publish.yml@refs/heads/main`,
    GITHUB_WORKSPACE: folders.workspace,
    RUNNER_ARCH: process.arch.toUpperCase(),
    RUNNER_ENVIRONMENT: "github-hosted",
    RUNNER_NAME: identity.runnerName ?? "runner-1",
    RUNNER_OS: { darwin: "macOS", win32: "Windows" }[process.platform as string] ?? "Linux",
    RUNNER_TEMP: folders.temp,
    RUNNER_TOOL_CACHE: folders.temp,
    RUNNER_WORKSPACE: folders.workspace,
  };
}

/** What action.yml's defaults may name. */
export function expressionContexts(identity: JobIdentity): Record<string, string> {
  return {
    "github.token": identity.token,
    "github.repository": identity.repository.fullName,
    "job.check_run_id": identity.jobId == null ? "" : String(identity.jobId),
  };
}

export function eventPayload(identity: JobIdentity): Record<string, unknown> {
  const { fullName, nodeId } = identity.repository;
  const serverUrl = identity.serverUrl ?? identity.hub.url;
  return {
    ref: "refs/heads/main",
    repository: {
      id: 1,
      node_id: nodeId,
      name: fullName.slice(fullName.indexOf("/") + 1),
      full_name: fullName,
      private: false,
      owner: { login: ownerOf(fullName) },
      html_url: `${serverUrl}/${fullName}`,
      default_branch: "main",
    },
    sender: { login: actorOf(identity) },
    ...identity.event,
  };
}

/** What a process needs of the machine, and no more: nothing of whoever runs the tests may reach a step. */
export function hostVariables(): Record<string, string> {
  const needed = ["PATH", "HOME", "LANG", "SystemRoot", "USERPROFILE", "PATHEXT", "ComSpec"];
  return Object.fromEntries(
    needed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function ownerOf(fullName: string): string {
  return fullName.slice(0, fullName.indexOf("/"));
}

function actorOf(identity: JobIdentity): string {
  return identity.actor ?? "octo";
}
