/**
 * Owns tokens: what each may do, and how much of its rate limits is left. Knows nothing of routes.
 */
import { Refusal } from "./exchange.ts";
import type { UpdateRefsMode } from "./repository.ts";

export interface Grants {
  /** How records and faults name this token. Default: token-1, token-2 … */
  label?: string;
  contents?: "write" | "read" | "none";
  actions?: "read" | "none";
  expired?: boolean;
  /** As for a pull request from a fork: whatever is granted, only to be read. */
  readOnlyFork?: boolean;
  /** Full names of the only repositories that exist for this token. Default: all. */
  repositories?: readonly string[];
  updateRefs?: UpdateRefsMode;
  login?: string;
  /** Requests an hour. Default 1000. */
  restLimit?: number;
  /** Points an hour. Default 1000. */
  graphqlLimit?: number;
}

export type LimitResource = "core" | "graphql";

export interface Limit {
  limit: number;
  used: number;
  /** Unix seconds */
  reset: number;
}

/** May be changed while a test runs: a token that expires, a limit that is used up. */
export interface TokenState {
  readonly value: string;
  readonly name: string;
  readonly login: string;
  contents: "write" | "read" | "none";
  actions: "read" | "none";
  expired: boolean;
  repositories: readonly string[] | null;
  updateRefs: UpdateRefsMode | null;
  readonly limits: Record<LimitResource, Limit>;
}

export interface TokenStore {
  add(grants?: Grants): TokenState;
  /** By its label or by the token itself. */
  find(nameOrValue: string): TokenState | null;
}

const HOUR_SECONDS = 3600;

export function createTokenStore(now: () => Date): TokenStore {
  const tokens: TokenState[] = [];
  return {
    add(grants = {}) {
      const name = grants.label ?? `token-${tokens.length + 1}`;
      const reset = Math.floor(now().getTime() / 1000) + HOUR_SECONDS;
      const contents = grants.contents ?? "write";
      const token: TokenState = {
        value: `ghs_${String(tokens.length + 1).padStart(4, "0")}${Buffer.from(name).toString("hex")}`,
        name,
        login: grants.login ?? "github-actions[bot]",
        contents: grants.readOnlyFork && contents === "write" ? "read" : contents,
        actions: grants.actions ?? "read",
        expired: grants.expired ?? false,
        repositories: grants.repositories ?? null,
        updateRefs: grants.updateRefs ?? null,
        limits: {
          core: { limit: grants.restLimit ?? 1000, used: 0, reset },
          graphql: { limit: grants.graphqlLimit ?? 1000, used: 0, reset },
        },
      };
      tokens.push(token);
      return token;
    },
    find: (nameOrValue) =>
      tokens.find((one) => one.value === nameOrValue || one.name === nameOrValue) ?? null,
  };
}

/** The token in an `Authorization` header, with whichever scheme it was sent. */
export function credentialIn(header: string | undefined): string | null {
  const [scheme = "", value = ""] = (header ?? "").split(/\s+/, 2);
  if (/^(token|bearer)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const decoded = Buffer.from(value, "base64").toString();
  return decoded.slice(decoded.indexOf(":") + 1);
}

export type Need = "metadata" | "contents:read" | "contents:write" | "actions:read";

/** Refuses what the token was not granted, naming what would be accepted. */
export function demand(token: TokenState, need: Need): void {
  const [permission, level] = need.split(":");
  if (permission === "metadata") return;
  const granted = permission === "actions" ? token.actions : token.contents;
  if (granted === "write" || granted === level) return;
  throw new Refusal(403, "Resource not accessible by integration", {
    "x-accepted-github-permissions": `${permission}=${level}`,
  });
}

/** Takes one request out of the hour's limit; false if none is left. */
export function consume(token: TokenState, resource: LimitResource, now: Date): boolean {
  const limit = token.limits[resource];
  const seconds = Math.floor(now.getTime() / 1000);
  if (seconds >= limit.reset) Object.assign(limit, { used: 0, reset: seconds + HOUR_SECONDS });
  if (limit.used >= limit.limit) return false;
  limit.used++;
  return true;
}

export function limitHeaders(token: TokenState, resource: LimitResource): Record<string, string> {
  const { limit, used, reset } = token.limits[resource];
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(Math.max(0, limit - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(reset),
    "x-ratelimit-resource": resource,
  };
}
