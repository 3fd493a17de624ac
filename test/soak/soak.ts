/**
 * `npm run soak`: many processes of the shipped command line on a real git server that is killed and hindered meanwhile, for as long as is asked for.
 * Owns what is printed and the exit status; must not know how a soak works.
 */
import { writeFileSync } from "node:fs";
import { reportOf, tableOf } from "./figures.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { runRound, type Stop } from "./round.ts";
import { openScene, type Scene } from "./scene.ts";

process.exitCode = await main();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 64;
  }
  const stop: Stop = { isAsked: false };
  let status: number | null = null;
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.on(name, () => {
      if (stop.isAsked) process.exit(code);
      console.error("ending: what goes on is ended in good order; a second signal ends it at once");
      stop.isAsked = true;
      status = code;
    });
  const scene = await openScene(options);
  tellBeginning(scene);
  try {
    await runRound(scene, stop, (line) => console.error(line));
  } finally {
    await scene.close();
    report(scene);
  }
  return scene.figures.violations.length > 0 ? 1 : (status ?? 0);
}

function tellBeginning({ options: { dir, clients, seconds }, seed, before }: Scene): void {
  const how = before === null ? "begins" : "goes on";
  console.error(
    `soak ${how} in ${dir}: seed ${seed}, ${clients} clients, ${seconds / 60} min. To stop: kill -TERM ${process.pid}. To go on: --resume ${dir}`,
  );
}

function report({ figures, troubles, options, seed, ground }: Scene): void {
  const all = { ...figures, sabotage: Object.fromEntries(troubles.counts) };
  const document = reportOf(all, { seed, clients: options.clients, dir: options.dir });
  const path = ground.path("report.json");
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
  console.log(tableOf(all));
  for (const { what, look } of figures.violations) console.log(`\nVIOLATION: ${what}\n  look at: ${look}`);
  console.log(`\nAs JSON: ${path}`);
}
