/**
 * After the storm: whether all comes to rest by itself, and is free again. Owns what is waited for; must not cause trouble.
 */
import { readdir } from "node:fs/promises";
import { type Call, shownCall } from "./calls.ts";
import { fsck } from "./ground.ts";
import { LOG_REF } from "./logs.ts";
import { LOCKS, type Lock } from "./names.ts";
import { holdersIn } from "./printed.ts";
import { processesOf } from "./processes.ts";
import type { Scene } from "./scene.ts";
import { sleep } from "./sleep.ts";
import { lockFilesIn, type Operator } from "./stale-locks.ts";
import { SECTION } from "./witness.ts";

/** Longer than the longest wait, the minute for which a store in trouble is borne, and a lease. */
const ENDS_MS = 240_000;
const REST_MS = 40_000;

const never = () => false;

/** Every call comes to its end. Those that are told to are in a hurry. */
export async function letCallsEnd(scene: Scene, operator: Operator, isHurried: () => boolean): Promise<void> {
  const untilMs = performance.now() + ENDS_MS;
  while (scene.calls.live.size > 0 && performance.now() < untilMs) {
    if (isHurried()) for (const call of scene.calls.live) hurry(call);
    await operator.look();
    await sleep(500, never);
  }
  for (const call of scene.calls.live) {
    scene.violated(`call ${call.id} does not end`, shownCall(call));
    call.marks.add("killed");
    process.kill(call.pid, "SIGKILL");
  }
}

function hurry(call: Call): void {
  if (call.marks.has("told")) return;
  call.marks.add("told");
  process.kill(call.pid, "SIGTERM");
}

/** Lock files go, and processes end: what was left behind, too. */
export async function comeToRest(scene: Scene, operator: Operator): Promise<void> {
  const { ground, servers } = scene;
  const servants = new Set(servers.map(({ pid }) => pid));
  const left = () => processesOf(ground.mark).filter(({ group }) => !servants.has(group));
  const untilMs = performance.now() + REST_MS;
  while (performance.now() < untilMs) {
    await operator.look();
    if (left().length === 0 && (await lockFilesIn(ground.repository)).length === 0) break;
    await sleep(500, never);
  }
  for (const { pid, command, call } of left())
    scene.violated(`a process is left: ${pid} of call ${call}: ${command.slice(0, 200)}`, `/proc/${pid}`);
  for (const { path } of await lockFilesIn(ground.repository))
    scene.violated(`a lock file is left that may be in use: ${path}`, ground.repository);
}

/** All slots of all locks are had at once, which is only so if each is free; then nothing but logs is there, or one `clear` makes it so. */
export async function becomesFree(scene: Scene): Promise<void> {
  await endFreezes(scene);
  await Promise.all(LOCKS.map((lock) => takeAll(scene, lock)));
  await clearRest(scene);
}

async function cli(scene: Scene, kind: "status" | "clear" | "end-freeze", ...words: string[]): Promise<Call> {
  const call = scene.calls.start({ kind, names: [], words, way: "path" });
  return await call.ended;
}

/** A freeze whose process was killed when it was complete stays, as it should, until it is cleared by the oid that `status` shows. */
async function endFreezes(scene: Scene): Promise<void> {
  for (const { text } of LOCKS) {
    const { out } = await cli(scene, "status", "status", "--json", text);
    for (const { claim, freeze } of holdersIn(out)) {
      if (!freeze) continue;
      scene.figures.clearedAtEnd++;
      await cli(scene, "end-freeze", "clear", "--expect", claim, text);
    }
  }
}

async function takeAll(scene: Scene, { text, slots }: Lock): Promise<void> {
  const leaseSeconds = 10;
  const started: Call[] = [];
  const isTogether = () => started.every(({ id }) => scene.witness.sectionOf(id) !== undefined);
  for (let slot = 1; slot <= slots; slot++) {
    const size = slots === 1 ? [] : ["--slots", String(slots)];
    const call = scene.calls.start({
      ...{ kind: "run", names: [text], way: "http", leaseSeconds },
      words: ["run", "--lease", `${leaseSeconds}s`, ...size, "-w", "90s", text],
      command: ["--", "bash", "-c", SECTION],
    });
    scene.workMs.set(call.id, () => (isTogether() ? 0 : 120_000));
    started.push(call);
  }
  await Promise.all(started.map(({ ended }) => ended));
  for (const call of started)
    if (scene.witness.sectionOf(call.id) === undefined)
      scene.violated(`a slot of ${text} is not free again, in the calm: call ${call.id}`, shownCall(call));
}

async function othersThanLogs({ ground }: Scene): Promise<string[]> {
  const refs = (await ground.git("for-each-ref", "--format=%(refname)", "refs/locks")).split("\n");
  return refs.filter((ref) => ref !== "" && !LOG_REF.test(ref));
}

async function clearRest(scene: Scene): Promise<void> {
  const left = await othersThanLogs(scene);
  if (left.length === 0) return;
  scene.figures.clearedAtEnd += left.length;
  scene.say(`left for clear: ${left.join(" ")}`);
  await cli(scene, "clear", "clear", "*");
  const still = await othersThanLogs(scene);
  if (still.length > 0)
    scene.violated(
      `clear leaves what nobody has: ${still.join(" ")}`,
      `git -C ${scene.ground.repository} for-each-ref`,
    );
}

/** What is left on the disk, now that nothing runs. */
export async function lookAtDisk(scene: Scene): Promise<void> {
  const { ground, disturbed, violated } = scene;
  for (const line of await fsck(ground))
    violated(`git fsck: ${line}`, `git -C ${ground.repository} fsck --full`);
  const folders = (await readdir(ground.temporary)).length;
  // Whoever is killed can't clean up; of whoever is told to end, a git that ends as well may still write. Nobody else may leave anything.
  const most = disturbed();
  if (folders > most)
    violated(
      `${folders} temporary folders are left; ${most} calls were killed or told to end`,
      ground.temporary,
    );
}
