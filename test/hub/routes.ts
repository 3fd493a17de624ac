/**
 * Owns which route a request is for. Knows no route's behaviour.
 */
import type { Route } from "./exchange.ts";
import { actionsRoutes } from "./routes-actions.ts";
import { objectRoutes } from "./routes-objects.ts";
import { refRoutes } from "./routes-refs.ts";

export const GRAPHQL_ROUTE = "/graphql";
export const SMART_HTTP_ROUTE = "/git/{owner}/{repo}";

/** `{ref}` may contain slashes, sent plainly or as %2F; in a list of matches it may be empty. */
function patternOf(template: string): RegExp {
  const ref = template.includes("matching-refs") ? "(?<ref>.*)" : "(?<ref>.+)";
  const source = template.replace("{ref}", ref).replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  return new RegExp(`^${source}$`);
}

const TABLE = [...refRoutes, ...objectRoutes, ...actionsRoutes].map((route) => ({
  route,
  pattern: patternOf(route.template),
}));

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** null: no route fits, or the path is not properly encoded. */
export function matchRoute(method: string, pathname: string): RouteMatch | null {
  for (const { route, pattern } of TABLE) {
    const groups = route.method === method ? pattern.exec(pathname)?.groups : undefined;
    if (!groups) continue;
    try {
      const decoded = Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { route, params: Object.fromEntries(decoded) };
    } catch {
      return null;
    }
  }
  return null;
}
