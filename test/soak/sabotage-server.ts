/**
 * What can happen to a git server: its processes are killed in the middle of a push, or all at once; lock files stay; it is slow; somebody cleans it up.
 * Owns how each is done; must not know when.
 */
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runGit } from "../hub/git.ts";
import type { Random } from "../simulation/random.ts";
import { type Stage as PushStage, STAGES } from "./ground.ts";
import { LOCKS } from "./names.ts";
import { processAt, signal } from "./processes.ts";
import type { Sabotage } from "./saboteur.ts";
import { sleep } from "./sleep.ts";
import type { Stage } from "./stage.ts";

const ARMED_MS = 4000;

interface Paused {
  readonly file: string;
  readonly receivePack: number;
  readonly hook: number;
}

/** The next push that gets there is stopped. `null` where none comes. */
async function pauseAt(stage: Stage, at: PushStage): Promise<Paused | null> {
  const { ground, isOver } = stage;
  await ground.arm(at);
  const untilMs = performance.now() + ARMED_MS;
  while (!isOver() && performance.now() < untilMs) {
    for (const file of await readdir(ground.repository)) {
      const [, gitPid, hookPid] = /^soak-paused-\w+\.(\d+)\.(\d+)$/.exec(file) ?? [];
      if (gitPid !== undefined) return { file, receivePack: Number(gitPid), hook: Number(hookPid) };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await ground.disarm();
  return null;
}

function killReceivePack(at: PushStage): Sabotage {
  return async (stage) => {
    const paused = await pauseAt(stage, at);
    if (paused === null) return false;
    const { receivePack, hook, file } = paused;
    const isReceivePack = processAt(receivePack)?.command.includes("receive-pack") === true;
    if (isReceivePack) {
      signal(receivePack, "SIGKILL");
      signal(hook, "SIGKILL");
      stage.troubles.note(`receive-pack killed: ${at}`, String(receivePack));
    }
    await rm(join(stage.ground.repository, file), { force: true });
    return isReceivePack;
  };
}

/** All refs of a push stay locked for a while, and then it goes on. */
const slowPush: Sabotage = async (stage, random) => {
  const paused = await pauseAt(stage, "prepared");
  if (paused === null) return false;
  const end = stage.troubles.begin("push held up with its refs locked");
  await sleep(random.between(500, 3000), stage.isOver);
  await rm(join(stage.ground.repository, paused.file), { force: true });
  end();
  return true;
};

async function killServer(stage: Stage, random: Random, kind: string): Promise<void> {
  const end = stage.troubles.begin(kind);
  await Promise.all(stage.servers.map((server) => server.kill()));
  await stage.ground.disarm();
  await sleep(random.between(...stage.pace.downMs), stage.isOver);
  await Promise.all(stage.servers.map((server) => server.start()));
  stage.troubles.note("server started again");
  end();
}

const killServerInPush: Sabotage = async (stage, random) => {
  const at = random.pick(STAGES);
  const paused = await pauseAt(stage, at);
  if (paused === null) return false;
  // Of a push by path the server is no part: it goes on.
  const isServers = stage.servers.some(({ pid }) => pid !== null && processAt(paused.hook)?.group === pid);
  await killServer(stage, random, isServers ? "server killed in a push" : "server killed");
  await rm(join(stage.ground.repository, paused.file), { force: true });
  return isServers;
};

/** Taken as git takes it, so that nobody else has it; then left, as by a crash. */
function plantLock(kind: string, pathOf: (random: Random) => string): Sabotage {
  return async (stage, random) => {
    const path = pathOf(random);
    const full = join(stage.ground.repository, path);
    stage.planted.add(path);
    try {
      for (let tries = 0; !(await made(full)); tries++) {
        if (tries > 100 || stage.isOver()) return false;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const end = stage.troubles.begin(kind, path);
      await sleep(random.between(...stage.pace.staleMs), stage.isOver);
      await rm(full, { force: true });
      end();
      return true;
    } finally {
      stage.planted.delete(path);
    }
  };
}

async function made(path: string): Promise<boolean> {
  const file = await open(path, "wx").catch(() => null);
  await file?.close();
  return file !== null;
}

function housekeeping(kind: string, ...args: string[]): Sabotage {
  return async ({ ground, troubles }) => {
    const end = troubles.begin(kind);
    const { code, stderr } = await runGit(ground.repository, args, "", {
      HUB_PACKING: "1",
      PATH: ground.env.PATH ?? "",
    });
    end();
    // A lock file in its way is reason enough not to be done; it is then tried again.
    if (code !== 0) troubles.note(`${kind}: refused`, stderr.slice(0, 200));
    return code === 0;
  };
}

const slow: Sabotage = async (stage, random) => {
  const end = stage.troubles.begin("server slow");
  for (const server of stage.servers) server.tell(`slow ${Math.round(random.between(100, 700))}`);
  await sleep(random.between(...stage.pace.downMs), stage.isOver);
  for (const server of stage.servers) server.tell("slow 0");
  end();
  return true;
};

const cut: Sabotage = async (stage) => {
  for (const server of stage.servers) server.tell("cut");
  stage.troubles.note("connections cut");
  return true;
};

export const SERVER_ACTS: Readonly<Record<string, Sabotage>> = {
  "receive-pack killed: before": killReceivePack("before"),
  "receive-pack killed: prepared": killReceivePack("prepared"),
  "receive-pack killed: committed": killReceivePack("committed"),
  "push held up with its refs locked": slowPush,
  "server killed": async (stage, random) => {
    await killServer(stage, random, "server killed");
    return true;
  },
  "server killed in a push": killServerInPush,
  "lock file of a ref left": plantLock("lock file of a ref left", (random) => {
    const { ref, slots } = random.pick(LOCKS);
    const slot = 1 + random.below(slots);
    return random.chance(0.7) ? `${ref}/log/${slot}.lock` : `${ref}/holder/${slot}.lock`;
  }),
  "packed-refs.lock left": plantLock("packed-refs.lock left", () => "packed-refs.lock"),
  "git gc": housekeeping("git gc", "gc", "--quiet"),
  "git pack-refs --all": housekeeping("git pack-refs --all", "pack-refs", "--all"),
  "git repack": housekeeping("git repack", "repack", "-A", "-d", "-q"),
  "server slow": slow,
  "connections cut": cut,
};
