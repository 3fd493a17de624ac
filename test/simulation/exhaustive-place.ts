/**
 * Owns the shapes of what is remembered of an actor in the exhaustive search: where it stands, what it asks, and where news leads it. No more than data.
 */
import type { LockError } from "../../src/lock/errors.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Deed, Request } from "./exhaustive-ports.ts";
import type { Refs } from "./exhaustive-server.ts";
import type { Change } from "./repository.ts";

/** One answer that the server may give to a request, and what it does to the refs. */
export interface Answer {
  /** The same text has the same number. */
  readonly number: number;
  readonly text: string;
  readonly result: unknown;
  readonly refs: Refs;
  readonly changes: readonly Change[];
}

/** A request that was sent, with the answers that were worked out so far. */
export interface Sent extends Request {
  /** What says the same has the same number. */
  readonly number: number;
  readonly answers: Map<number, Answer>;
}

export interface Place {
  readonly number: number;
  readonly actor: number;
  readonly stage: "main" | "inside" | "post" | "done" | "dead";
  readonly requests: readonly Sent[];
  readonly isWaiting: boolean;
  readonly isCancelled: boolean;
  /** What it works under, in the order in which it asked for it. */
  readonly holds: readonly Hold[];
  readonly savedText: string;
  /** The refs when this process last listed those of a name, by its prefix. */
  readonly listed: ReadonlyMap<string, Refs>;
  /** By request: the number of the answer that it had last. */
  readonly heard: ReadonlyMap<number, number>;
}

/** Where news leads, and what is done on the way. */
export interface Course {
  readonly to: Place;
  readonly deeds: readonly Deed[];
  readonly isTroubled: boolean;
  /** What its process left unanswered when it ended. */
  readonly left: readonly Sent[];
}

export type Event =
  | { readonly kind: "answer"; readonly request: number; readonly answer: Answer; readonly refs: Refs }
  | { readonly kind: "silence"; readonly request: number; readonly error: LockError }
  | { readonly kind: "cancel" }
  /** Its process is killed, or its work is done: post runs. */
  | { readonly kind: "leaves" };
