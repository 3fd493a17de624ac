/** What steps hand on to later ones: three lists in which what belongs together stands in the same place, whatever comes and goes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { countDown, handedOn as handedOnIn, handOn as handOnIn, takeBack } from "../../src/action/exports.ts";
import type { Hold } from "../../src/lock/hold.ts";
import type { Identity } from "../../src/lock/identity.ts";
import { parseName } from "../../src/lock/name.ts";
import { job } from "./situations.ts";

const REPOSITORY = "octo/app";
const handOn = (hold: Hold) => handOnIn(hold, REPOSITORY);
const handedOn = (identity: Identity) => handedOnIn(identity, REPOSITORY);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reflock-exports-"));
  writeFileSync(join(folder, "env"), "");
  vi.stubEnv("GITHUB_ENV", join(folder, "env"));
  for (const variable of Object.keys(process.env).filter((name) => name.startsWith("REFLOCK_")))
    vi.stubEnv(variable, undefined);
});

afterEach(() => {
  forgetAll();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function forgetAll(): void {
  for (const variable of Object.keys(process.env).filter((name) => name.startsWith("REFLOCK_")))
    delete process.env[variable];
}

function hold(name: string, sequence: number, more: Partial<Hold> = {}): Hold {
  const lock = parseName(name);
  return {
    ...{ lock, slot: 1, slots: 1, nonce: `nonce-of-${lock.encoded}`, claim: "c", from: null, sequence },
    ...{ waitedSeconds: 0, acquiredAtMs: 0, reentered: false, ...more },
  };
}

const wasHanded = (name: string) => handedOn(job(1)).handed(parseName(name)) !== null;

const exported = () =>
  ["NAME", "CLAIM", "TOKEN"].map((list) => process.env[`REFLOCK_${list}`]?.replace(/^$/, "nothing"));

describe("what is handed on", () => {
  test("is each hold in the order in which it was taken", () => {
    for (const one of [hold("b", 7), hold("a", 3)]) handOn(one);
    expect(exported()).toEqual(["b a", "nonce-of-b nonce-of-a", "7 3"]);
    expect([...handedOn(job(1)).nonces]).toEqual(["nonce-of-b", "nonce-of-a"]);
  });

  test("is each hold once, however often it was entered", () => {
    handOn(hold("a", 3));
    handOn(hold("a", 3, { reentered: true }));
    expect(exported()).toEqual(["a", "nonce-of-a", "3"]);
  });

  test("is nothing where nothing was", () => {
    expect([...handedOn(job(1)).nonces]).toEqual([]);
    expect(wasHanded("a")).toBe(false);
  });

  test("is nothing any more once it was given back", () => {
    const given = hold("a", 3);
    handOn(given);
    takeBack(given);
    expect(exported()).toEqual(["nothing", "nothing", "nothing"]);
    expect([...handedOn(job(1)).nonces]).toEqual([]);
    expect(wasHanded("a")).toBe(false);
  });

  test("keeps each token beside its lock when another with the same number is given back", () => {
    const [a, b, c] = [hold("a", 2), hold("b", 1), hold("c", 2)];
    for (const one of [a, b, c]) handOn(one);
    takeBack(a);
    expect(exported()).toEqual(["b c", "nonce-of-b nonce-of-c", "1 2"]);
  });

  test("knows a name with spaces from those within it", () => {
    const [long, short] = [hold("nightly publish", 1), hold("publish", 2)];
    handOn(long);
    expect(wasHanded("publish")).toBe(false);
    expect(wasHanded("nightly")).toBe(false);
    expect(wasHanded("nightly publish")).toBe(true);
    handOn(short);
    takeBack(long);
    expect(wasHanded("publish")).toBe(true);
    expect(wasHanded("nightly publish")).toBe(false);
  });
});

describe("an inner release", () => {
  test("is counted once for each time that the hold was entered again", () => {
    const outer = hold("a", 3);
    handOn(outer);
    for (let inner = 0; inner < 2; inner++) handOn({ ...outer, reentered: true });
    expect([1, 2, 3].map(() => countDown(outer.nonce))).toEqual([true, true, false]);
  });

  test("of one hold does not count for another", () => {
    for (const one of [hold("a", 3), hold("b", 3)]) handOn(one);
    handOn(hold("b", 3, { reentered: true }));
    expect(countDown("nonce-of-a")).toBe(false);
    expect(countDown("nonce-of-b")).toBe(true);
  });

  test("of what another job or a caller took: the last one takes it out of what is handed on", () => {
    for (let inner = 0; inner < 2; inner++) handOn(hold("a", 3, { reentered: true }));
    expect(exported()).toEqual(["a", "nonce-of-a", "3"]);
    expect(countDown("nonce-of-a")).toBe(true);
    expect(wasHanded("a")).toBe(true);
    expect(countDown("nonce-of-a")).toBe(true);
    expect(wasHanded("a")).toBe(false);
    expect(countDown("nonce-of-a")).toBe(false);
  });

  test("takes nothing out of what this job took itself", () => {
    const outer = hold("a", 3);
    handOn(outer);
    handOn({ ...outer, reentered: true });
    countDown(outer.nonce);
    expect(exported()).toEqual(["a", "nonce-of-a", "3"]);
    takeBack(outer);
    expect(exported()).toEqual(["nothing", "nothing", "nothing"]);
  });
});

test("the token that was handed on is that of its lock, wherever the lock lives", () => {
  handOn(hold("a", 3));
  const elsewhere = parseName("a", "refs/tags/locks");
  const mine = handedOn(job(1));
  expect([parseName("A"), elsewhere].map((lock) => mine.handed(lock))).toEqual([3, null]);
});

test("what somebody else left in the environment is no obstacle", () => {
  for (const left of ["", "{}", "[", "null", "7"]) {
    vi.stubEnv("REFLOCK_HOLDS", left);
    vi.stubEnv("REFLOCK_CLAIM", " told  by-hand ");
    const { nonces, handed } = handedOn(job(1));
    expect([...nonces]).toEqual(["told", "by-hand"]);
    expect(handed(parseName("a"))).toBeNull();
    expect(countDown("told")).toBe(false);
  }
});

const locks = fc.uniqueArray(fc.constantFrom("a", "b", "c", "a b", "b c", "c a", "a b c"), { minLength: 1 });

test("whatever is taken and given back, in any order, what belongs together stays together", () => {
  const holdings = fc.tuple(locks, fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }), fc.array(fc.nat(6)));
  fc.assert(
    fc.property(holdings, ([names, tokens, given]) => {
      forgetAll();
      const left = names.map((name, at) => hold(name, tokens[at] ?? 0));
      for (const one of left) handOn(one);
      for (const at of given) {
        const [out] = left.splice(at, 1);
        if (out !== undefined) takeBack(out);
      }
      const lists = [
        left.map(({ lock }) => lock.text),
        left.map(({ nonce }) => nonce),
        left.map(({ sequence }) => String(sequence)),
      ];
      expect(exported()).toEqual(lists.map((list) => (list.length === 0 ? "nothing" : list.join(" "))));
      for (const name of names) expect(wasHanded(name)).toBe(left.some(({ lock }) => lock.text === name));
    }),
  );
});

test("a lock of the same name in another repository was not handed on", () => {
  handOn(hold("publish", 7));
  expect(handedOnIn(job(1), "Octo/App").handed(parseName("publish"))).toBe(7);
  expect(handedOnIn(job(1), "octo/other").handed(parseName("publish"))).toBeNull();
});
