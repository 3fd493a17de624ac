/**
 * Owns what can go wrong between a client and the server, as a plan that a test writes: which request is hit, and
 * how. Only counts and matches; the server carries it out. Nothing here is random.
 */
import type { RequestRecord } from "./exchange.ts";

export type FaultKind =
  /** The connection is cut; nothing was applied. */
  | { readonly kind: "drop-before" }
  /** The request is applied, then the connection is cut. */
  | { readonly kind: "drop-after" }
  | { readonly kind: "5xx-before"; readonly status?: 500 | 502 | 503 | 504 }
  | { readonly kind: "5xx-after"; readonly status?: 500 | 502 | 503 | 504 }
  /** Cut now (or left without an answer, with `close: false`); applied when `land()` is called, or after `ms`. */
  | { readonly kind: "late"; readonly ms?: number; readonly close?: boolean }
  | { readonly kind: "delay"; readonly ms: number }
  | {
      readonly kind: "secondary-limit";
      readonly status?: 403 | 429;
      readonly retryAfterSeconds?: number | null;
    }
  | { readonly kind: "primary-limit"; readonly resetSeconds?: number }
  /** Reads answer as of so many transactions ago. */
  | { readonly kind: "stale"; readonly changes: number }
  /** Lists mix refs of now with refs of so many transactions ago. */
  | { readonly kind: "torn"; readonly changes: number }
  /** Any refusal, such as the bare 422 that GitHub gives now and then for no known reason. Nothing is applied. */
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface RequestMatch {
  readonly method?: string;
  /** The end of the route's template, such as `git/refs`. */
  readonly route?: string;
  readonly path?: string | RegExp;
  /** A token's label. */
  readonly token?: string;
  /** The first root field of a GraphQL request. */
  readonly operation?: string;
  /** The how-manieth of the matching requests is the first to be hit; from 1. */
  readonly nth?: number;
}

export type Fault = FaultKind & {
  readonly match?: RequestMatch | ((request: RequestRecord) => boolean);
  /** How many requests are hit. Default 1. */
  readonly times?: number;
};

export interface FaultHandle {
  /** The requests that it hit. */
  readonly hits: readonly RequestRecord[];
  /** Lets the held requests of a `late` fault be applied, in the order of their arrival. */
  land(): Promise<void>;
  remove(): void;
}

export interface FaultPlan {
  add(fault: Fault): FaultHandle;
  clear(): void;
}

export interface ActiveFault {
  readonly fault: Fault;
  readonly hits: RequestRecord[];
  readonly held: (() => Promise<void>)[];
  seen: number;
}

export interface FaultStore extends FaultPlan {
  /** The first fault in the plan that hits this request, which is used up by it. */
  take(request: RequestRecord): ActiveFault | null;
}

function matches(match: Fault["match"], request: RequestRecord): boolean {
  if (match === undefined) return true;
  if (typeof match === "function") return match(request);
  const { method, route, path, token, operation } = match;
  if (method !== undefined && method !== request.method) return false;
  if (route !== undefined && !request.route.endsWith(route)) return false;
  if (token !== undefined && token !== request.tokenName) return false;
  if (operation !== undefined && operation !== request.graphql?.operation) return false;
  if (typeof path === "string") return request.path.includes(path);
  return path === undefined || path.test(request.path);
}

export function createFaults(): FaultStore {
  const plan: ActiveFault[] = [];
  return {
    add(fault) {
      const active: ActiveFault = { fault, hits: [], held: [], seen: 0 };
      plan.push(active);
      return {
        hits: active.hits,
        async land() {
          for (const apply of active.held.splice(0)) await apply();
        },
        remove() {
          const at = plan.indexOf(active);
          if (at >= 0) plan.splice(at, 1);
        },
      };
    },
    clear() {
      plan.length = 0;
    },
    take(request) {
      for (const active of plan) {
        const { match, times = 1 } = active.fault;
        if (active.hits.length >= times || !matches(match, request)) continue;
        active.seen++;
        if (typeof match === "object" && active.seen < (match.nth ?? 1)) continue;
        active.hits.push(request);
        return active;
      }
      return null;
    },
  };
}
