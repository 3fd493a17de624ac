/**
 * What acquisitions cost in requests. Owns the counting; must not know who sent them, nor why.
 */
import { deviationOf, meanOf } from "./statistics.ts";

export interface Cost {
  readonly acquisitions: number;
  /** Of one acquisition, on average: from its first request to the last of its release. */
  readonly requests: number;
  /** Of these, what the rate limit counts; the rest are 304s. */
  readonly counted: number;
  /** Of the counted, those by GraphQL, which has a limit of its own. */
  readonly graphql: number;
  /** The most that any one of them counted. */
  readonly mostCounted: number;
  /** How far they differ among each other. */
  readonly deviation: number;
}

export interface Sent {
  readonly counted: boolean;
  /** Anything, where it was a GraphQL request. */
  readonly graphql?: unknown;
}

/** @param sent the requests of each acquisition */
export function costOf(sent: readonly (readonly Sent[])[]): Cost {
  const counted = sent.map((requests) => requests.filter((one) => one.counted));
  const numbers = counted.map(({ length }) => length);
  return {
    acquisitions: sent.length,
    requests: meanOf(sent.map(({ length }) => length)),
    counted: meanOf(numbers),
    graphql: meanOf(counted.map((requests) => requests.filter(({ graphql }) => graphql != null).length)),
    mostCounted: Math.max(...numbers),
    deviation: deviationOf(numbers),
  };
}
