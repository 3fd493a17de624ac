/** For how long something has been seen, over processes: never more than has truly passed, whoever writes at the same time, whatever is broken. */
import { fork } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSightings, type SharedClock } from "../../src/machine/sightings.ts";

const OID = "a".repeat(40);
const OTHER = "b".repeat(40);

let folder: string;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reflock-sightings-"));
  nowMs = 5000;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const clock = (name: string | null = "boot-1"): SharedClock => ({
  name,
  nowNs: () => BigInt(nowMs) * 1_000_000n,
});
const open = (name?: string | null) => openSightings(folder, clock(name));
const seen = (sightings = open(), key = OID) => sightings.see([key]).get(key);
const recordOf = (key = OID, boot = "boot-1") => join(folder, "seen", boot, key);

describe("a key", () => {
  test("is seen for 0 ms at first, then for as long as has passed, in every process", () => {
    expect(seen()).toBe(0);
    nowMs += 1500;
    expect(seen()).toBe(1500);
    nowMs += 1;
    expect(open().see([OTHER, OID])).toEqual(
      new Map([
        [OTHER, 0],
        [OID, 1501],
      ]),
    );
  });

  test("of another start of the machine begins anew", () => {
    seen();
    nowMs += 1000;
    expect(seen(open("boot-2"))).toBe(0);
    nowMs += 10;
    expect(seen()).toBe(1010);
  });

  test("is remembered by one process alone where no clock is shared", () => {
    const sightings = open(null);
    expect(seen(sightings)).toBe(0);
    nowMs += 700;
    expect(seen(sightings)).toBe(700);
    expect(seen(open(null))).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that was recorded for a time to come counts from now on", () => {
    seen();
    nowMs -= 4000;
    expect(seen()).toBe(0);
    nowMs += 300;
    expect(seen()).toBe(300);
  });

  test.for(["", "x", "-5", "1e3", "../../etc/passwd", "9".repeat(30)])(
    "whose record says %j begins anew",
    (text) => {
      mkdirSync(join(folder, "seen", "boot-1"), { recursive: true });
      if (text === "") writeFileSync(recordOf(), "");
      else symlinkSync(text, recordOf());
      expect(seen() ?? -1).toBeGreaterThanOrEqual(0);
      nowMs += 100;
      expect(seen()).toBe(text === "" ? 0 : 100);
    },
  );

  test.for(["", ".", "..", "../x", "a/b", "a\0b", ".pruned", "x".repeat(300), "a b", "ä"])(
    "%j makes no file",
    (key) => {
      const sightings = open();
      expect(seen(sightings, key)).toBe(0);
      nowMs += 50;
      expect(seen(sightings, key)).toBe(50);
      expect(readdirSync(folder)).toEqual(["seen"]);
      expect(readdirSync(join(folder, "seen", "boot-1"))).toEqual([".pruned"]);
    },
  );
});

describe("a cache", () => {
  test.for([
    ["that is a file", () => writeFileSync(join(folder, "seen"), "")],
    ["that is gone", () => rmSync(folder, { recursive: true })],
    ["that may not be written", () => chmodSync(folder, 0o500)],
    ["in which a directory is in the way", () => mkdirSync(recordOf(), { recursive: true })],
  ] as const)("%s costs the memory of other processes, and nothing else", ([, spoil]) => {
    spoil();
    const sightings = open();
    expect(seen(sightings)).toBe(0);
    nowMs += 900;
    expect(seen(sightings)).toBe(900);
  });

  test("that is broken later is not missed", () => {
    const sightings = open();
    seen(sightings);
    nowMs += 100;
    rmSync(folder, { recursive: true });
    expect(seen(sightings)).toBe(100);
  });

  test("forgets what nobody has seen for a month, and nothing else", () => {
    seen();
    seen(open(), OTHER);
    seen(open("boot-0"));
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    lutimesSync(recordOf(), longAgo, longAgo);
    lutimesSync(join(folder, "seen", "boot-0"), longAgo, longAgo);
    lutimesSync(recordOf(".pruned"), longAgo, longAgo);
    nowMs += 10;
    expect(seen(open(), OTHER)).toBe(10);
    expect(readdirSync(join(folder, "seen"))).toEqual(["boot-1"]);
    expect(readdirSync(join(folder, "seen", "boot-1")).toSorted()).toEqual([".pruned", OTHER]);
  });

  test("keeps what is seen again and again", () => {
    seen();
    const longAgo = new Date(Date.now() - 31 * 86_400_000);
    lutimesSync(recordOf(), longAgo, longAgo);
    seen();
    lutimesSync(recordOf(".pruned"), longAgo, longAgo);
    nowMs += 10;
    expect(seen()).toBe(10);
  });
});

describe("whatever happens", () => {
  test("nothing counts for longer than since somebody first looked", () => {
    const step = fc.record({
      waitMs: fc.nat(1000),
      key: fc.constantFrom(OID, OTHER),
      process: fc.nat(2),
      spoil: fc.constantFrom(null, null, "x", "99999999999999", "remove"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        rmSync(folder, { recursive: true, force: true });
        const processes = [open(), open(), open()];
        const first = new Map<string, number>();
        for (const { waitMs, key, process, spoil } of steps) {
          nowMs += waitMs;
          if (spoil !== null) rmSync(recordOf(key), { force: true });
          if (spoil !== null && spoil !== "remove") {
            mkdirSync(join(folder, "seen", "boot-1"), { recursive: true });
            symlinkSync(spoil, recordOf(key));
          }
          if (!first.has(key)) first.set(key, nowMs);
          const ms = seen(processes[process], key) ?? -1;
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(nowMs - (first.get(key) ?? 0));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("processes that look at once agree on the first of them", async () => {
    const script = `
      import { openSightings } from ${JSON.stringify(new URL("../../src/machine/sightings.ts", import.meta.url).href)};
      const sightings = openSightings(process.argv[2]);
      process.on("message", () => {
        const before = process.hrtime.bigint();
        const seenMs = sightings.see([${JSON.stringify(OID)}]).get(${JSON.stringify(OID)});
        process.send({ before: Number(before / 1000n), seenMs });
      });
      process.send("ready");`;
    const file = join(folder, "look.mts");
    writeFileSync(file, script);
    const children = Array.from({ length: 4 }, () => fork(file, [join(folder, "cache")], { execArgv: [] }));
    await Promise.all(children.map((child) => once(child, "message")));
    const begun = process.hrtime.bigint();
    const ask = async () => {
      const answers = children.map((child) => once(child, "message"));
      for (const child of children) child.send("look");
      return (await Promise.all(answers)).map(([answer]) => answer as { before: number; seenMs: number });
    };
    await ask();
    const again = await ask();
    for (const child of children) child.disconnect();
    // All count from one time: what each has seen, taken from when it looked, is the same moment.
    const firsts = again.map(({ before, seenMs }) => before / 1000 - seenMs);
    expect(Math.max(...firsts) - Math.min(...firsts)).toBeLessThan(50);
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(Number(begun / 1_000_000n) - 1);
  });
});
