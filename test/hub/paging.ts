/**
 * Owns pages of lists: which part was asked for, and the Link header that names the next.
 */
import type { Exchange } from "./exchange.ts";

export function page(query: URLSearchParams): { perPage: number; skip: number } {
  const number = (name: string, otherwise: number): number =>
    Number(query.get(name) ?? otherwise) || otherwise;
  const perPage = Math.min(100, Math.max(1, number("per_page", 30)));
  return { perPage, skip: (Math.max(1, number("page", 1)) - 1) * perPage };
}

/** As GitHub pages: the address of the next page, if there is one. */
export function linkHeader(exchange: Exchange, more: boolean): Record<string, string> {
  if (!more) return {};
  const next = new URL(exchange.path, exchange.hubUrl);
  next.searchParams.set("page", String((Number(exchange.query.get("page")) || 1) + 1));
  return { link: `<${next.href}>; rel="next"` };
}
