/** The page of a summary: HTML blocks and fences that are ours, whatever is in them; and never more than there is room for. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { page } from "../../src/action/summary-page.ts";
import { nothingSeen } from "../../src/action/summary-seen.ts";
import { parseName } from "../../src/lock/name.ts";
import type { LockStatus } from "../../src/lock/report.ts";
import { hostileScene, SCENES, SURROUNDINGS } from "../browser/scenes.ts";
import { hostile } from "./summary-hostile.ts";
import { blocksOf, readGantt, strangeTags } from "./summary-reading.ts";

const scenes = SCENES.map((scene) => scene());

/** Kinds of blocks in their order, and what is strange in them. */
function shape(markdown: string): { kinds: string[]; strange: string[] } {
  const blocks = blocksOf(markdown);
  const html = blocks.filter(({ kind }) => kind === "html").map(({ text }) => text);
  return { kinds: blocks.map(({ kind }) => kind), strange: html.flatMap(strangeTags) };
}

const textOf = (markdown: string): string =>
  markdown
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("\u00A0", " ");

describe("in each situation", () => {
  test.each(scenes)("$title: blocks of ours, and a diagram that Mermaid reads", async ({ seen }) => {
    const markdown = page(seen, SURROUNDINGS);
    const { kinds, strange } = shape(markdown);
    expect(strange).toEqual([]);
    const diagrams = blocksOf(markdown).filter(({ kind }) => kind === "mermaid");
    expect(diagrams).toHaveLength(1);
    for (const { text } of diagrams) expect((await readGantt(text)).length).toBeGreaterThan(0);
    expect(kinds.filter((kind) => !["html", "mermaid", "bash", "yaml"].includes(kind))).toEqual([]);
  });

  const text = (title: string) => {
    const scene = scenes.find((one) => one.title === title);
    if (scene === undefined) throw new Error(`no scene ${title}`);
    return textOf(page(scene.seen, SURROUNDINGS));
  };

  test("acquired: the token, who held before, who waits, and what clears it", () => {
    const shown = text("Acquired after a wait");
    for (const part of [
      "publish: acquired after 12m 15s",
      "Fencing token 43",
      "run 811, attempt 1",
      "release 2.1",
    ])
      expect(shown).toContain(part);
    expect(shown).toMatch(/waitsrun 813.*36m so far/);
    expect(shown).toMatch(
      /reflock clear --remote https:\/\/github.com\/octo\/app.git \\\n {2}--expect [0-9a-f]{40} --force/,
    );
    expect(shown).toMatch(
      /uses: reflock\/reflock@v1\n {2}with:\n {4}operation: clear\n {4}name: "publish"\n {4}expect: [0-9a-f]{40}/,
    );
  });

  test("dates stand in full where they are of several days", () => {
    expect(text("Acquired at once")).toContain("2026-11-12 12:00:00");
    expect(text("Given back")).toMatch(/2026‑11‑21Who[\s\S]*12:02:0012:30:0028m41/);
  });

  test("not acquired: the message, and how to get unstuck, unfolded", () => {
    const scene = scenes.find(({ title }) => title === "Not acquired");
    const markdown = scene === undefined ? "" : page(scene.seen, SURROUNDINGS);
    expect(markdown).toContain("<details open>");
    expect(textOf(markdown)).toContain("Raise `wait`, or clear the lock if that run is gone.");
    expect(textOf(markdown)).toContain("not known to be alive: the token may not read runs");
  });

  test("frozen: one oid clears all slots, and without force", () => {
    const shown = text("Frozen");
    expect(shown.match(/operation: clear/g)).toHaveLength(1);
    expect(shown).not.toContain("force");
  });

  test("lost, given back and cleared: who and how long, and nothing to clear", () => {
    expect(text("Lost")).toMatch(/publish: lost\s+It was cleared by run 830.*it seemed to hang/);
    expect(text("Given back")).toContain("given back after 28m");
    expect(text("Cleared")).toMatch(/publish: free[\s\S]*the hold of slot 1c{40}cleared/);
    for (const title of ["Lost", "Given back", "Cleared"]) expect(text(title)).not.toContain("reflock clear");
  });
});

describe("whatever the texts hold", () => {
  const kinds = shape(page(hostileScene("x").seen, SURROUNDINGS)).kinds;

  test("the page has the same blocks, and no element or link more", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const markdown = page(hostileScene(text).seen, SURROUNDINGS);
        expect(shape(markdown)).toEqual({ kinds, strange: [] });
        expect(markdown).not.toMatch(/<a /);
        expect(markdown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        for (const { kind, text: diagram } of blocksOf(markdown))
          if (kind === "mermaid") expect((await readGantt(diagram)).length).toBeGreaterThanOrEqual(3);
      }),
      { numRuns: 150 },
    );
  });

  test("as a lock's name, too", () => {
    const isName = (text: string) => {
      try {
        return parseName(text).text === text;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(hostile.filter(isName), (name) => {
        const markdown = page(hostileScene("x", name).seen, SURROUNDINGS);
        expect(shape(markdown)).toEqual({ kinds, strange: [] });
      }),
      { numRuns: 100 },
    );
  });
});

describe("room", () => {
  const statuses = (count: number, reason: string): LockStatus[] =>
    Array.from({ length: count }, (_, index) => ({
      ...{ name: `lock-${index}`, slots: 1, waiters: [] },
      holders: [
        {
          ...{
            claim: "a".repeat(40),
            ref: `refs/locks/lock-${index}/holder/1`,
            run: 1,
            attempt: 1,
            job: "x",
          },
          ...{ url: null, who: "octo", reason, freeze: false, since: "2026-11-21T12:00:00Z" },
          ...{ alive: "alive", why: null },
        },
      ],
    }));
  const seen = (count: number) => {
    const all = nothingSeen();
    all.notes.push({ kind: "status", statuses: statuses(count, "<>".repeat(150)) });
    return all;
  };

  test("of very many locks whole ones are shown, and the rest is counted", () => {
    const markdown = page(seen(3000), SURROUNDINGS);
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(SURROUNDINGS.mostBytes);
    expect(Buffer.byteLength(markdown)).toBeGreaterThan(SURROUNDINGS.mostBytes * 0.99);
    const shown = markdown.match(/<h3>/g)?.length ?? 0;
    expect(markdown).toContain(`<p>${3000 - shown} more locks are not shown`);
    expect(shape(markdown).strange).toEqual([]);
    // Each is a frame of its own on GitHub.
    expect(markdown.match(/```mermaid/g)).toHaveLength(20);
  });

  test.each([0, 10, 100, 1000, 5000])("never more than %i bytes", (mostBytes) => {
    const markdown = page(seen(3), { ...SURROUNDINGS, mostBytes });
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(mostBytes);
    expect(shape(markdown).strange).toEqual([]);
  });

  test("nothing for what is no news", () => {
    const none = nothingSeen();
    none.notes.push({ kind: "status", statuses: [] }, { kind: "acquired", holds: [] });
    expect(page(none, SURROUNDINGS)).toBe("");
  });
});
