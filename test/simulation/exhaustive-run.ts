/**
 * The command line of the exhaustive search: without options the scenarios of the tests, with `--long` those of the long rounds; or one of one's own.
 * Owns what is printed; must not know how the search works.
 */
import { parseArgs } from "node:util";
import { type Exploration, explore } from "./exhaustive.ts";
import type { Scenario } from "./exhaustive-stage.ts";
import { ALWAYS, cellsOf, HEADING, LONG, rowOf, wantsOf } from "./exhaustive-standard.ts";

const USAGE = `node test/simulation/exhaustive-run.ts [--long]
node test/simulation/exhaustive-run.ts --actors N [--names N | --wants "a+b b"] [--queue | --fail-fast]
    [--crashes N] [--losses N] [--cancels N] [--slots N] [--way atomic|update-refs|log-alone]`;

/** Beyond these an actor, a request or a time would have no number of its own, and the search no end. */
const MOST: Readonly<Record<string, number>> = { actors: 5, names: 5, slots: 5 };
const WAYS = ["atomic", "update-refs", "log-alone"] as const;
const TELL_EVERY = 1_000_000;

const { values } = parseArgs({
  options: {
    actors: { type: "string" },
    names: { type: "string", default: "1" },
    wants: { type: "string" },
    queue: { type: "boolean", default: false },
    "fail-fast": { type: "boolean", default: false },
    crashes: { type: "string", default: "0" },
    losses: { type: "string", default: "0" },
    cancels: { type: "string", default: "0" },
    slots: { type: "string", default: "1" },
    way: { type: "string", default: "atomic" },
    long: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) console.log(USAGE);
else process.exitCode = await runAll(scenarios());

function scenarios(): readonly Scenario[] {
  if (values.actors === undefined && values.wants === undefined) {
    if (process.argv.slice(2).some((word) => word !== "--long")) usage("--actors says how many there are");
    return values.long ? LONG : ALWAYS;
  }
  if (values.queue && values["fail-fast"]) usage("--queue and --fail-fast exclude each other");
  const wants =
    values.wants === undefined
      ? wantsOf(wholeNumber("actors", 1), wholeNumber("names", 1))
      : parseWants(values.wants);
  const wait = values["fail-fast"] ? 0 : "forever";
  return [
    {
      waits: wants.map(() => wait),
      ...(wants.every(({ length }) => length === 1) && values.wants === undefined ? {} : { wants }),
      ...{ slots: wholeNumber("slots", 1), way: wayOf(values.way) },
      ...{ crashes: wholeNumber("crashes", 0), losses: wholeNumber("losses", 0) },
      cancels: wholeNumber("cancels", 0),
    },
  ];
}

async function runAll(all: readonly Scenario[]): Promise<number> {
  console.log(HEADING);
  for (const scenario of all) {
    const tell = (states: number, transitions: number) => {
      if (states % TELL_EVERY === 0)
        console.error(`${cellsOf(scenario).join(", ")}: ${states} states, ${transitions} transitions so far`);
    };
    const found = await explore(scenario, {}, tell);
    console.log(rowOf(scenario, found));
    if (found.violation !== null) return describe(found.violation);
  }
  console.log("no violation");
  return 0;
}

function describe({ promise, what, steps }: NonNullable<Exploration["violation"]>): number {
  console.log(`\npromise ${promise} is broken: ${what}\nin these steps:`);
  for (const step of steps) console.log(`  ${step}`);
  return 1;
}

function wholeNumber(option: "actors" | "names" | "crashes" | "losses" | "cancels" | "slots", least: number) {
  const text = values[option] ?? "";
  const most = MOST[option] ?? 9;
  if (/^\d$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  return usage(`--${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}

function wayOf(text: string): Scenario["way"] {
  return WAYS.find((way) => way === text) ?? usage(`--way is one of ${WAYS.join(", ")}`);
}

/** `a+b b`: the first actor wants a and b together, the second b. */
function parseWants(text: string): string[][] {
  const wants = text
    .trim()
    .split(/\s+/)
    .map((names) => names.split("+"));
  const isGood = (names: readonly string[]) =>
    names.every((name) => /^[a-z]$/.test(name)) && new Set(names).size === names.length;
  const mostActors = MOST.actors ?? 0;
  if (wants.length <= mostActors && wants.every(isGood)) return wants;
  return usage(
    `--wants takes up to ${mostActors} times single letters with + between them, such as "a+b b+a"`,
  );
}

function usage(what: string): never {
  console.error(`${what}\n\n${USAGE}`);
  process.exit(64);
}
