/** Names of all kinds: every one works, and two are one lock exactly where they should be. */
import { describe, expect } from "vitest";
import { type Scene, test, WAYS } from "./scene.ts";

const PAIRS: readonly (readonly [one: string, other: string, locks: 1 | 2])[] = [
  ["a", "a/b", 2],
  ["a", "ab", 2],
  ["Publish", "publish", 1],
  ["ÉCLAIR", "éclair", 1],
  ["e\u0301clair", "\u00e9clair", 1],
  ["STRASSE", "straße", 2],
  ["ΣΟΦΟΣ", "σοφος", 1],
  ["=2E", ".", 2],
  [" a ", "a", 1],
  ["log", "log/1", 2],
];

const NAMES = [
  "..",
  ".",
  "x.lock",
  "@{",
  "--help",
  "a..b",
  "a~1^2:3?[4]\\5",
  "🚀 ship it 🚀",
  "%2F%00",
  "x".repeat(200),
  "prod/eu-west-1",
  "naïve ünïcödé",
  "发布",
  "$(id) `id` %PATH%",
  "null",
];
/** Where `updateRefs` is refused, names go through the paths of REST: the worst of them. */
const NAMES_BY = { works: NAMES, refused: NAMES.slice(0, 8) };

/** The encoding of docs/design.md, written once more. */
function encoded(name: string): string {
  const bytes = new TextEncoder().encode(name.trim().normalize("NFC").toLowerCase().normalize("NFC"));
  const plain = /[a-z0-9_-]/;
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return plain.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

async function expectPair(scene: Scene, one: string, other: string, locks: 1 | 2): Promise<void> {
  const [job, rival] = [await scene.job(), await scene.job()];
  await job.holds({ name: one });
  const result = await rival.runs({ name: other });
  expect(result.code, `${one} and ${other}: ${result.log}`).toBe(locks === 1 ? 1 : 0);
  if (locks === 1) expect(result.log).toContain(job.url);
}

describe.concurrent("two names", () => {
  test.for(PAIRS)("%j and %j: locks: %i", async ([one, other, locks], { scene }) => {
    await expectPair(scene, one, other, locks);
  });
});

describe.concurrent.each(WAYS)("updateRefs %s", (updateRefs) => {
  test("every name can be taken, all at once, and is given back", { timeout: 120_000 }, async ({ scene }) => {
    const job = await scene.job({ grants: { updateRefs } });
    const all = NAMES_BY[updateRefs];
    const names = all.values();
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        for (const name of names) {
          const { outputs, log } = await job.holds({ name });
          expect(outputs.ref).toBe(`refs/locks/${encoded(name)}/holder/1`);
          expect(log).toContain(name);
        }
      }),
    );
    const held = Object.keys(await scene.refs());
    expect(held).toHaveLength(2 * all.length);
    expect((await job.finish()).map(({ code }) => code)).toEqual(all.map(() => 0));
    const left = all.map((name) => `refs/locks/${encoded(name)}/log/1`);
    expect(new Set(Object.keys(await scene.refs()))).toEqual(new Set(left));
  });
});
