/**
 * Owns what all clients of one round of real processes share: the embedded server and what it does to requests, two names, the ledger, and the person who
 * clears what was left by those who were killed. Must not know what a client does.
 */
import { type Call, openDesk, type Said } from "../cli/desk.ts";
import { changesRefs } from "../e2e/gone.ts";
import type { Scene } from "../e2e/scene.ts";
import type { RequestRecord } from "../hub/exchange.ts";
import type { Fault } from "../hub/faults.ts";
import { type Random, randomOf } from "../simulation/random.ts";
import { holdOf, type Ledger, type Logged, openLedger, type Place, type Wish } from "./ledger.ts";

/** Each with its number of slots. */
export const NAMES = { publish: 1, site: 2 } as const;

export type Name = keyof typeof NAMES;

export interface Stage {
  readonly scene: Scene;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly counts: Map<string, number>;
  count(what: string): void;
  /** The shipped command line. Over HTTP its requests meet the server's faults. */
  start(who: Terminal, words: readonly string[]): Call;
  call(who: Terminal, ...words: string[]): Promise<Said>;
  /** Kills it at some moment: over HTTP just before, or just after, the server has done what it asked. */
  killSometime(who: Terminal, started: Call, random: Random): void;
  /** Whatever was left by a wish that was never answered is cleared by force. */
  recover(wish: Wish): Promise<void>;
  /** Clears a hold by force, whoever has it. */
  clear(wish: Wish, place: Place, claim: string): Promise<void>;
  readLog(name: Name): Promise<readonly Logged[]>;
  close(): Promise<void>;
}

/** Somebody at a terminal. */
export interface Terminal {
  readonly owner: string;
  readonly over: "path" | "http";
}

const PERSON = "a person";
const DESK: Terminal = { owner: PERSON, over: "path" };
const BROKEN: readonly Fault[] = [
  { kind: "drop-after" },
  { kind: "5xx-after", status: 502 },
  { kind: "drop-before" },
  { kind: "late", ms: 400 },
];
/** Of the requests that change refs, by each kind of fault. */
const LIKELIHOOD = 0.04;

export async function openStage(scene: Scene, seed: number): Promise<Stage> {
  const desk = await openDesk();
  const ledger = openLedger();
  const random = randomOf(seed, "real");
  const counts = new Map<string, number>();
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const token = scene.hub.addToken({ label: "terminal" });
  Object.assign(desk.env, { GH_TOKEN: token, GITHUB_API_URL: scene.hub.url });
  breakSome(scene, random.split("faults"), count);
  const tokens = new Map<string, string>();
  const remoteOf = ({ owner, over }: Terminal): string => {
    if (over === "path") return scene.repository.dir;
    const own = tokens.get(owner) ?? scene.hub.addToken({ label: owner });
    tokens.set(owner, own);
    return `${scene.hub.url.replace("http://", `http://x-access-token:${own}@`)}/git/octo/app.git`;
  };
  const start: Stage["start"] = (who, [command = "", ...words]) => {
    count("processes");
    return desk.start(command, "--remote", remoteOf(who), ...words);
  };
  const call: Stage["call"] = (who, ...words) => start(who, words).said;
  const readLog: Stage["readLog"] = async (name) => {
    const { code, out, err } = await call(DESK, "log", name, "--json", "--limit", "9999");
    if (code !== 0) throw new Error(`the log of ${name} could not be read: ${err}`);
    return (JSON.parse(out) as { holds: Logged[] }).holds;
  };
  const clear: Stage["clear"] = async (wish, place, claim) => {
    const hold = holdOf(wish, place);
    const told = ledger.ask(wish.name, `${PERSON} clears ${hold}`, {
      kind: "clear",
      hold,
      by: PERSON,
      named: true,
    });
    const words = ["--expect", claim, "--force", "--reason", "nobody gives it back", "--json"];
    const { out } = await call(DESK, "clear", wish.name, ...words);
    const [result] = resultsOf(out);
    count(`clear: ${result ?? "nothing"}`);
    if (result === "cleared") told({ kind: "clear", hold, by: PERSON, named: true });
    else if (result === "too-late")
      told({ kind: "told-changed", hold }, `${PERSON} is too late to clear ${hold}`);
    else if (out !== "") told(null);
  };
  const recover: Stage["recover"] = async (wish) => {
    for (const { slot, token, claim, reason, outcome } of await readLog(wish.name as Name))
      if (reason === wish.label && outcome === "held" && token !== null)
        await clear(wish, { slot, token }, claim);
  };
  return {
    ...{ scene, ledger, random, counts, count, start, call, recover, clear, readLog },
    killSometime({ owner, over }, started, random) {
      const kill = () => void started.kill("SIGKILL");
      if (over === "path") setTimeout(kill, random.between(100, 900));
      else atAChange(scene, owner, random, kill);
    },
    close: () => desk.close(),
  };
}

/** Of the hold; that of another is left alone. */
function resultsOf(out: string): string[] {
  if (out === "") return [];
  const { results } = JSON.parse(out) as { results: { what: string; result: string }[] };
  return results
    .filter(({ what, result }) => what.startsWith("the hold") && result !== "other")
    .map(({ result }) => result);
}

function breakSome(scene: Scene, random: Random, count: (what: string) => void): void {
  for (const fault of BROKEN) {
    const match = (request: RequestRecord): boolean => {
      const isHit = changes(request) && random.chance(LIKELIHOOD);
      if (isHit) count(`trouble: ${fault.kind}`);
      return isHit;
    };
    scene.hub.faults.add({ ...fault, match, times: Infinity });
  }
}

function changes(request: RequestRecord): boolean {
  return changesRefs(request) || (request.method === "POST" && request.path.includes("git-receive-pack"));
}

/** Once, just before or just after the server does what somebody asked. @returns what takes it back */
export function atAChange(scene: Scene, tokenName: string, random: Random, act: () => void): () => void {
  const phase = random.pick(["received", "handled"] as const);
  const remove = scene.hub.onRequest((request, now) => {
    if (now !== phase || request.tokenName !== tokenName || !changes(request)) return;
    remove();
    act();
  });
  return remove;
}
