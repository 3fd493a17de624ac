/**
 * `reflock run true`, in whole processes, beside what changing a ref twice takes by git itself: made and deleted, by `git update-ref` in place and by
 * `git push`. All in turns in one run, so that whatever else the machine does hits all alike.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startGitHttpServer } from "../test/git/http-server.ts";
import { type BareRepository, openRepositories } from "../test/git/repositories.ts";
import { installShim } from "../test/git/shim.ts";
import { type Timed, timing } from "./processes.ts";
import { type Ratio, ratioOf, type Spread, spreadOf } from "./statistics.ts";

export interface CommandLine {
  readonly way: "path" | "http";
  readonly run: Spread;
  readonly floors: readonly { readonly name: string; readonly time: Spread; readonly ratio: Ratio }[];
  /** How many git one run starts; two pushes are two. */
  readonly gits: number;
  /** To the server. `null` by path. */
  readonly requests: { readonly run: number; readonly pushes: number } | null;
}

interface Contender {
  readonly name: string;
  /** @param round a number of its own for each round. @returns how long it took */
  play(round: number): Promise<number>;
}

interface Ground {
  readonly cli: string;
  readonly home: string;
  readonly timed: Timed;
  readonly bare: BareRepository;
  /** Another repository, from which is pushed. */
  readonly other: BareRepository;
}

const REF = "refs/bench/beside";

/** A new commit each time, as a claim is one; made before the time is taken. */
function pushing({ timed, other }: Ground, url: string): Contender {
  return {
    name: "two git push",
    async play(round) {
      const commit = await other.commit(`round ${round}`);
      const push = (refspec: string): Promise<number> =>
        timed("git", ["push", "--quiet", url, refspec], other.path);
      return (await push(`${commit}:${REF}`)) + (await push(`:${REF}`));
    },
  };
}

/** What no program in node that pushes twice can do without. */
function startingToo({ timed, home }: Ground, pushes: Contender): Contender {
  return {
    name: "node -e 0, two git push",
    play: async (round) => (await timed(process.execPath, ["-e", "0"], home)) + (await pushes.play(round)),
  };
}

function updating({ timed, bare }: Ground): Contender {
  return {
    name: "two git update-ref",
    async play(round) {
      const commit = await bare.commit(`round ${round}`);
      const update = (...args: string[]): Promise<number> => timed("git", ["update-ref", ...args], bare.path);
      return (await update(REF, commit, "")) + (await update("-d", REF, commit));
    },
  };
}

/** As a cron job would: from a folder that has nothing to do with the repository. */
function running({ cli, timed, home }: Ground, url: string): Contender {
  const args = [cli, "run", "--quiet", "--remote", url, "bench", "--", "true"];
  return { name: "reflock run true", play: () => timed(process.execPath, args, home) };
}

function floorsAt(ground: Ground, url: string): Contender[] {
  const pushes = pushing(ground, url);
  return [pushes, startingToo(ground, pushes)];
}

async function inTurns(contenders: readonly Contender[], rounds: number): Promise<Spread[]> {
  const times = contenders.map((): number[] => []);
  // The first round fills the caches.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { play }] of contenders.entries()) {
      const durationMs = await play(round);
      if (round > 0) times[index]?.push(durationMs);
    }
  }
  return times.map(spreadOf);
}

async function compare(
  run: Contender,
  floors: readonly Contender[],
  rounds: number,
): Promise<Pick<CommandLine, "run" | "floors">> {
  const [time, ...others] = await inTurns([run, ...floors], rounds);
  if (time === undefined) throw new Error("nothing was measured");
  return {
    run: time,
    floors: others.map((floor, index) => ({
      name: floors[index]?.name ?? "",
      time: floor,
      ratio: ratioOf(time, floor),
    })),
  };
}

async function gitsOf({ play }: Contender): Promise<number> {
  const shim = installShim();
  try {
    await play(0);
    // The server has the same PATH.
    return shim.ran().filter((line) => !line.includes("http-backend")).length;
  } finally {
    shim.remove();
  }
}

/** @param dist of the shipped bundles */
export async function measureCommandLine(dist: string, rounds: number): Promise<CommandLine[]> {
  const repositories = await openRepositories();
  const server = await startGitHttpServer(repositories.folder);
  try {
    const home = join(repositories.folder, "home");
    mkdirSync(home);
    const ground: Ground = {
      ...{ cli: join(dist, "cli.js"), home, timed: timing(home) },
      ...{ bare: await repositories.add("app.git"), other: await repositories.add("other.git") },
    };
    const near = running(ground, ground.bare.path);
    const url = `${server.url}/app.git`;
    const [far, pushes] = [running(ground, url), pushing(ground, url)];
    const requestsOf = async ({ play }: Contender): Promise<number> => {
      server.asked.length = 0;
      await play(0);
      return server.asked.length;
    };
    return [
      {
        ...{ way: "path", gits: await gitsOf(near), requests: null },
        ...(await compare(near, [updating(ground), ...floorsAt(ground, ground.bare.path)], rounds)),
      },
      {
        ...{ way: "http", gits: await gitsOf(far) },
        requests: { run: await requestsOf(far), pushes: await requestsOf(pushes) },
        ...(await compare(far, floorsAt(ground, url), rounds)),
      },
    ];
  } finally {
    await server.close();
    await repositories.close();
  }
}
