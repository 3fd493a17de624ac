/**
 * Whether somebody is alive, as the command line can know it: processes by this machine, workflow runs by the API that the environment names.
 * Must not ask anybody whom a claim names: where the claim's run is of another host, nothing is known of it.
 */
import type { Run } from "../lock/identity.ts";
import type { Liveness } from "../lock/ports.ts";
import type { Verdict } from "../lock/verdict.ts";
import type { Api } from "../wire.ts";

export interface Sources {
  readonly api: Api;
  /** Connects to the API, for the runs of one repository. */
  openRuns(url: string, credential: string, repository: string): Promise<Liveness>;
  readonly processes: Liveness;
}

/** The client is loaded when it is first needed; by then another version may have been installed in our place. */
const REPLACED = "the part of reflock that asks GitHub could not be loaded, start reflock anew";

export function livenessFrom({ api, openRuns, processes }: Sources): Liveness {
  const opened = new Map<string, Promise<Liveness | null>>();
  return {
    async judge(subject) {
      const { run, process } = subject.who;
      if (process !== null && run === null) return await processes.judge(subject);
      if (run === null) return unknown("its record names nobody");
      if ("why" in api) return unknown(api.why);
      const elsewhere = elsewhereThan(api.url, run);
      if (elsewhere !== null) return unknown(elsewhere);
      const runs =
        opened.get(run.repository) ?? openRuns(api.url, api.token, run.repository).catch(() => null);
      opened.set(run.repository, runs);
      return (await (await runs)?.judge(subject)) ?? unknown(REPLACED);
    },
  };
}

/** Two hosts may each have a run of this number in a repository of this name: what one of them says of it proves nothing of the other's. */
function elsewhereThan(apiUrl: string, run: Run): string | null {
  const theirs = URL.canParse(run.url) ? new URL(run.url).host : "";
  const ours = webHostOf(apiUrl);
  return theirs === ours
    ? null
    : `its run is at ${theirs === "" ? "an unknown host" : theirs}, and the environment names the API of ${ours}: set GH_HOST`;
}

/** Where people see the runs of an API: `github.com`, `<name>.ghe.com`, or the same host on GitHub Enterprise Server. */
export function webHostOf(apiUrl: string): string {
  const { host } = new URL(apiUrl);
  return host === "api.github.com" || host.endsWith(".ghe.com") ? host.replace(/^api\./, "") : host;
}

function unknown(why: string): Verdict {
  return { state: "unknown", why, sinceMs: null };
}
