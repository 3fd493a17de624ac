/** What steps hand on to later ones: three lists in which what belongs together stands in the same place, whatever comes and goes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { countDown, handedOn, handOn, takeBack } from "../../src/action/exports.ts";
import type { Hold } from "../../src/lock/hold.ts";
import { parseName } from "../../src/lock/name.ts";
import { job } from "./situations.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reflock-exports-"));
  writeFileSync(join(folder, "env"), "");
  vi.stubEnv("GITHUB_ENV", join(folder, "env"));
  for (const variable of Object.keys(process.env).filter((name) => name.startsWith("REFLOCK_")))
    vi.stubEnv(variable, undefined);
});

afterEach(() => {
  for (const variable of Object.keys(process.env).filter((name) => name.startsWith("REFLOCK_")))
    delete process.env[variable];
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function hold(name: string, sequence: number, more: Partial<Hold> = {}): Hold {
  const lock = parseName(name);
  return {
    ...{ lock, slot: 1, slots: 1, nonce: `nonce-of-${lock.encoded}`, claim: "c", from: null, sequence },
    ...{ waitedSeconds: 0, acquiredAtMs: 0, reentered: false, ...more },
  };
}

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
    const mine = handedOn(job(1));
    expect([...mine.nonces]).toEqual([]);
    expect(mine.wasHanded("a")).toBe(false);
  });

  test("is nothing any more once it was given back", () => {
    const given = hold("a", 3);
    handOn(given);
    takeBack(given);
    expect(exported()).toEqual(["nothing", "nothing", "nothing"]);
    const mine = handedOn(job(1));
    expect([...mine.nonces]).toEqual([]);
    expect(mine.wasHanded("a")).toBe(false);
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
    expect(handedOn(job(1)).wasHanded("publish")).toBe(false);
    expect(handedOn(job(1)).wasHanded("nightly")).toBe(false);
    expect(handedOn(job(1)).wasHanded("nightly publish")).toBe(true);
    handOn(short);
    takeBack(long);
    expect(handedOn(job(1)).wasHanded("publish")).toBe(true);
    expect(handedOn(job(1)).wasHanded("nightly publish")).toBe(false);
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

  test("of a hold that was handed on to us by nobody: it is entered, and counts", () => {
    handOn(hold("a", 3, { reentered: true }));
    expect(exported()).toEqual(["a", "nonce-of-a", "3"]);
    expect([1, 2].map(() => countDown("nonce-of-a"))).toEqual([true, false]);
  });
});

const locks = fc.uniqueArray(fc.constantFrom("a", "b", "c", "a b", "b c", "c a", "a b c"), { minLength: 1 });

test("whatever is taken and given back, in any order, what belongs together stays together", () => {
  const holdings = fc.tuple(locks, fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }), fc.array(fc.nat(6)));
  fc.assert(
    fc.property(holdings, ([names, tokens, given]) => {
      for (const list of ["NAME", "LOCK", "CLAIM", "TOKEN"]) delete process.env[`REFLOCK_${list}`];
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
      for (const name of names)
        expect(handedOn(job(1)).wasHanded(name)).toBe(left.some(({ lock }) => lock.text === name));
    }),
  );
});
