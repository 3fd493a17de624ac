/**
 * Requests as they were noted, made into a plan that can be sent again, and counted.
 * Owns what may be known of dependencies from times alone; must not know what the requests are for.
 */
import type { PlannedRequest } from "./floor.ts";
import type { Noted } from "./hub-remote.ts";

/**
 * @param oids what stands for which oid in the requests: the tip's, and those that the requests themselves have made
 */
export function planOf(noted: readonly Noted[], oids: { tip: string; made: string }): PlannedRequest[] {
  const maker = noted.findIndex(({ method, route }) => method === "POST" && route.endsWith("/git/commits"));
  const symbolic = (text: string): string =>
    text.replaceAll(oids.tip, "{{tip}}").replaceAll(oids.made, `{{made:${maker}}}`);
  return noted.map(({ method, path, body, startMs }) => ({
    ...{ method, path: symbolic(path), body: body === null ? null : symbolic(body) },
    // What had ended before it began it may have waited for.
    after: noted.flatMap((other, index) => (other.endMs <= startMs ? [index] : [])),
  }));
}

/** As many as can have followed each other: the longest row of requests that do not overlap. */
export function roundTrips(noted: readonly Noted[]): number {
  let count = 0;
  let endMs = 0;
  for (const one of noted.toSorted((a, b) => a.endMs - b.endMs)) {
    if (one.startMs < endMs) continue;
    count++;
    endMs = one.endMs;
  }
  return count;
}
