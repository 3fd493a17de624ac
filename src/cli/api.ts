/**
 * Where the API is that knows of workflow runs, as the environment says, and with which credential.
 * Owns the reading of the environment; what a claim says has no say.
 */
import type { Api } from "../wire.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** GitHub's own command line reads the same variables, in the same order. */
export function apiIn(env: Environment): Api {
  const token = env.GH_TOKEN || env.GITHUB_TOKEN || "";
  if (token === "") return { why: "set GH_TOKEN or GITHUB_TOKEN, and GitHub tells" };
  if (!/^[\x21-\x7e]+$/.test(token))
    return { why: "GH_TOKEN or GITHUB_TOKEN has a character in it that no token has" };
  const url = parsed(env.GITHUB_API_URL || urlOfHost(env.GH_HOST || "github.com"));
  return url === null
    ? { why: "GITHUB_API_URL or GH_HOST is not the address of an API" }
    : { url: url.href.replace(/\/$/, ""), token };
}

function urlOfHost(host: string): string {
  if (host === "github.com" || host.endsWith(".ghe.com")) return `https://api.${host}`;
  return `https://${host}/api/v3`;
}

function parsed(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.username === "" && url.search === "" && url.hash === "";
  return isPlain && /^https?:$/.test(url.protocol) ? url : null;
}
