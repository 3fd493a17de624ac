/**
 * `npm run demo`: five workflow runs want one lock at once, on this machine, and two of them are killed.
 * Owns the start, the end and the exit status: 0 only if everything that is promised was seen. Must end, whatever happens.
 * `npm run demo -- FOLDER` runs other bundles than the shipped ones, such as one that does not lock, to see what the verdict is worth.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { summarise } from "./observer.ts";
import { openScene, PREFIX, type Scene } from "./scene.ts";
import { openScreen, type Screen } from "./screen.ts";
import { renderLegend, renderRows, seconds } from "./timeline.ts";
import { type Finding, judge, requestsUsed } from "./verdict.ts";

/** From the start of this process on: under 30 s, with what it takes to clean up. */
const DEADLINE_MS = 28_000;
const BUNDLE = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));
const GREEN = 32;
const RED = 31;
const GREY = 90;
const BOLD = 1;

const INTRODUCTION = `
Five workflow runs want the lock "publish" at once. Each is the shipped action,
in processes of its own, as a runner starts them. The server is a bare git
repository behind a small stand-in for GitHub's API. While a run has the lock it
runs a script that counts in a shared file, and that miscounts if two run it at
once.

The first that gets the lock is killed in the middle of its script, and its post
never runs: its machine is gone. GitHub takes minutes to call the job of such a
machine completed; here it is a moment. Another run is killed while it waits.

Nobody is called dead on a guess: who waits looks after 15 s, and takes over only
from a run whose job has been completed for 10 s. Hence the wait.
`;

/** The last events, below the picture. */
const EVENTS_SHOWN = 5;

async function demo(screen: Screen, opening: Promise<Scene>): Promise<number> {
  if (!existsSync(join(BUNDLE, "main.js")))
    throw new Error(`${BUNDLE} has no main.js: \`npm run build\` makes it`);
  screen.line(INTRODUCTION);
  const scene = await opening;
  await show(scene, screen);
  return await report(scene, screen);
}

/** Where nothing is redrawn, a wait says so only this often. */
const REMIND_MS = 5000;

/** A picture that is redrawn, or a line for each event, and for where everybody is when that changes. */
async function show(scene: Scene, screen: Screen): Promise<void> {
  const events: string[] = [];
  const draw = (): void => screen.frame(picture(scene, screen, events.slice(-EVENTS_SHOWN)));
  const tell = (text: string): void => {
    const line = `${seconds(scene.elapsedMs()).padStart(7)}  ${text}`;
    events.push(line);
    if (!screen.redraws) screen.line(line);
  };
  let said = { text: "", atMs: 0 };
  const remind = (): void => {
    const now = { text: summarise(scene.rows), atMs: scene.elapsedMs() };
    if (now.text === said.text && now.atMs - said.atMs < REMIND_MS) return;
    tell(now.text);
    said = now;
  };
  const timer = screen.redraws ? setInterval(draw, 100) : setInterval(remind, 1000);
  try {
    await scene.play(tell);
  } finally {
    clearInterval(timer);
  }
  if (screen.redraws) draw();
  else for (const line of ["", ...picture(scene, screen, [])]) screen.line(line);
  screen.release();
}

function picture(scene: Scene, screen: Screen, events: readonly string[]): string[] {
  const { paint, columns } = screen;
  const rows = renderRows(scene.rows, scene.elapsedMs(), columns, paint);
  const padded = screen.redraws
    ? Array.from({ length: EVENTS_SHOWN }, (_, index) => events[index] ?? "")
    : events;
  const below = padded.length === 0 ? [] : ["", ...padded.map((event) => event.slice(0, columns))];
  return [...rows, renderLegend(paint), ...below];
}

async function report(scene: Scene, screen: Screen): Promise<number> {
  const { paint, line } = screen;
  const findings = await judge(scene);
  line("");
  const command = ["log", "--oneline", `${PREFIX}log/1`];
  line(`${paint(`git ${command.join(" ")}`, BOLD)}   ${paint("the lock's log is plain git", GREY)}`);
  // Bundles that do not lock leave none.
  const isThere = (await scene.repository.refs(`${PREFIX}log/1`)).length > 0;
  const log = isThere ? await scene.repository.git(command) : "nothing";
  for (const entry of log.trimEnd().split("\n")) line(`  ${entry.slice(0, screen.columns - 2)}`);
  line("");
  line(paint("Verdict", BOLD));
  for (const { ok, text } of findings) line(`  ${ok ? paint("✓", GREEN) : paint("✗", RED)} ${text}`);
  line("");
  line(paint(`  ${requestsUsed(scene.hub.requests)}`, GREY));
  line(verdictLine(findings, scene, screen));
  return findings.every((finding) => finding.ok) ? 0 : 1;
}

function verdictLine(findings: readonly Finding[], scene: Scene, { paint }: Screen): string {
  const failed = findings.filter((finding) => !finding.ok).length;
  const time = seconds(scene.elapsedMs());
  if (failed === 0) return paint(`  Everything as promised, in ${time}.`, GREEN);
  return paint(`  ${failed} of ${findings.length} not as promised, after ${time}.`, RED);
}

async function main(): Promise<number> {
  const screen = openScreen(process.stdout, process.env);
  const early = Promise.withResolvers<number>();
  process.once("SIGINT", () => early.resolve(130));
  process.once("SIGTERM", () => early.resolve(143));
  const late = setTimeout(() => {
    screen.line(`Not done after ${DEADLINE_MS / 1000} s: given up.`);
    early.resolve(1);
  }, DEADLINE_MS - performance.now());
  const opening = openScene(BUNDLE);
  const playing = demo(screen, opening);
  // After an early end nobody listens, and everything in it fails.
  playing.catch(() => {});
  try {
    return await Promise.race([playing, early.promise]);
  } catch (error) {
    screen.line(`The demo failed: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    clearTimeout(late);
    screen.close();
    const scene = await opening.catch(() => null);
    await scene?.close();
  }
}

process.exit(await main());
