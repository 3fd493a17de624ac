/** The diagram of a summary, read by Mermaid's own parser: the rows that were put in, and nothing else, whatever their texts hold. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plain } from "../../src/action/messages.ts";
import { chosen, gantt } from "../../src/action/summary-gantt.ts";
import type { Row } from "../../src/action/summary-rows.ts";
import { hostile } from "./summary-hostile.ts";
import { readGantt } from "./summary-reading.ts";

const START = Date.parse("2026-11-21T08:00:00Z");

function row(more: Partial<Row> = {}): Row {
  return {
    ...{ kind: "hold", isOurs: false, slot: 1, fromMs: START, toMs: START + 60_000, isOpen: false },
    ...{ lastedMs: null, token: 1, claim: null, isFreeze: false, reason: null, ending: null, status: null },
    who: { run: 812, attempt: 1, job: "publish", url: null, name: "octo" },
    ...more,
  };
}

const anyRow: fc.Arbitrary<Row> = fc
  .record({
    kind: fc.constantFrom("hold", "wait"),
    isOurs: fc.boolean(),
    slot: fc.constantFrom(null, 1, 2, 3),
    from: fc.oneof({ weight: 8, arbitrary: fc.nat(10_000_000) }, fc.constant(null)),
    lasted: fc.nat(5_000_000),
    isOpen: fc.boolean(),
    name: hostile,
    run: fc.option(fc.nat(), { nil: null }),
  })
  .map(({ from, lasted, name, run, ...rest }) =>
    row({
      ...rest,
      fromMs: from === null ? null : START + from,
      toMs: START + (from ?? 0) + lasted,
      who: { run, attempt: 1, job: name, url: name, name },
      reason: name,
    }),
  );

/** As a person reads it: the last of a label is the name, cut after forty characters. */
function nameIn(text: string): string {
  const characters = [...plain(text).toWellFormed()];
  return `${characters.slice(0, 40).join("")}${characters.length > 40 ? "…" : ""}`.trim();
}

const second = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

describe("whatever the texts hold", () => {
  test("the diagram has the rows that were put in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 8 }), async (any) => {
        // In the order in which rows are made.
        const rows = any.toSorted(
          (a, b) => a.kind.localeCompare(b.kind) || (a.kind === "hold" ? (a.slot ?? 0) - (b.slot ?? 0) : 0),
        );
        const lines = gantt(rows);
        const bars = chosen(rows);
        if (bars.length === 0) {
          expect(lines).toEqual([]);
          return;
        }
        const read = await readGantt(lines.join("\n"));
        const hasSlots = bars.some(({ slot }) => (slot ?? 1) > 1);
        expect(read).toEqual(
          bars.map((bar) => ({
            section: bar.kind === "wait" ? "Waited" : hasSlots && bar.slot ? `Slot ${bar.slot}` : "Held",
            label: expect.stringMatching(bar.isOurs ? /^this job/ : /^(run \d+|somebody), /),
            from: second(bar.fromMs),
            to: second(Math.max(bar.toMs, bar.fromMs + 1000)),
            tags: bar.isOpen ? ["active"] : bar.isOurs ? [] : ["done"],
          })),
        );
        for (const [index, { isOurs, who }] of bars.entries()) {
          const name = nameIn(who?.name ?? "");
          if (!isOurs && name !== "") expect(read[index]?.label.endsWith(`, ${name}`)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("unescaped, many of these texts would break a diagram or get into it", async () => {
    const texts = fc.sample(hostile, { numRuns: 200, seed: 7 }).map((text) => plain(text));
    const outcomes = await Promise.all(
      texts.map(async (text) => {
        const lines = ["gantt", "dateFormat X", `${text} :1, 2`];
        const bars = await readGantt(lines.join("\n")).catch(() => []);
        return bars.length === 1 && bars[0]?.label === text;
      }),
    );
    expect(outcomes.filter((isRight) => !isRight).length).toBeGreaterThan(80);
  });

  test.each([
    "a:b,c;d#e%%f%%{init}%%",
    "title x",
    "section x",
    "```\n</pre><script>",
    "#58; ﬂ°°58¶ß #quot;",
    "click x href y",
    'x\n  click a href "javascript:alert(1)"',
    "style x:#y;",
    "$$\\sqrt{x}$$ `code` **b** <br/> \\n",
    "accTitle: x",
    "a".repeat(300),
    "\u202Eabc\u2066 🔒👩‍🚀 é漢 שלום",
  ])("%j", async (name) => {
    const [read, ...more] = await readGantt(
      gantt([row({ who: { run: 812, attempt: 1, job: "", url: null, name } })]).join("\n"),
    );
    expect(more).toEqual([]);
    expect(read?.label).toBe(`run 812, 1m, ${nameIn(name)}`);
  });
});

describe("what is shown", () => {
  test("holds and waits apart, each with its length and its colour", async () => {
    const cleared = { outcome: "cleared" } as NonNullable<Row["ending"]>;
    const rows = [
      row({ ending: cleared }),
      row({ isOurs: true, fromMs: START + 60_000, toMs: START + 61_000, isOpen: true }),
      row({ kind: "wait", isOurs: true, fromMs: START + 10_000, lastedMs: 50_000 }),
      row({ kind: "wait", who: null, isOpen: true }),
    ];
    const read = await readGantt(gantt(rows).join("\n"));
    expect(read.map(({ section, label, tags }) => [section, label, ...tags])).toEqual([
      ["Held", "run 812, 1m, octo", "crit"],
      ["Held", "this job", "active"],
      ["Waited", "this job, 50s"],
      ["Waited", "somebody, 1m so far", "active"],
    ]);
  });

  test("slots have sections of their own", async () => {
    const read = await readGantt(gantt([row(), row({ slot: 2 })]).join("\n"));
    expect(read.map(({ section }) => section)).toEqual(["Slot 1", "Slot 2"]);
  });

  test("what took less than a second is still to be seen", async () => {
    const [bar] = await readGantt(gantt([row({ toMs: START })]).join("\n"));
    expect(bar).toMatchObject({ from: "2026-11-21 08:00:00", to: "2026-11-21 08:00:01" });
  });

  test("nothing where no date is known", () => {
    expect(gantt([row({ fromMs: null })])).toEqual([]);
    expect(gantt([])).toEqual([]);
  });

  test("a hold of last week does not squeeze that of today", () => {
    const ours = row({ isOurs: true, fromMs: START, toMs: START + 1000, isOpen: true });
    const near = row({ fromMs: START - 120_000, toMs: START - 60_000 });
    const far = row({ fromMs: START - 7 * 86_400_000, toMs: START - 7 * 86_400_000 + 60_000 });
    expect(chosen([far, near, ours])).toEqual([near, ours]);
    expect(chosen([far])).toEqual([far]);
  });

  test("at most so many bars, the newest and our own", async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      row({ fromMs: START + index * 60_000, toMs: START + (index + 1) * 60_000 }),
    );
    const ours = row({ isOurs: true, kind: "wait", toMs: START + 6_000_000 });
    const read = await readGantt(gantt([...many, ours]).join("\n"));
    expect(read).toHaveLength(24);
    expect(read.at(-1)).toMatchObject({ label: "this job, 1h 40m" });
    expect(read.at(-2)).toMatchObject({ to: second(START + 6_000_000) });
  });

  test.each([
    [1000, "%H:%M:%S", "1second"],
    [60_000, "%H:%M:%S", "10second"],
    [600_000, "%H:%M", "2minute"],
    [3_600_000, "%H:%M", "10minute"],
    [86_400_000, "%b %d %H:%M", "6hour"],
    [30 * 86_400_000, "%b %d", "7day"],
    [2000 * 86_400_000, "%Y-%m-%d", "12month"],
  ])("the axis of %i ms is in %s, every %s", (span, format, interval) => {
    const lines = gantt([row({ toMs: START + span })]);
    expect(lines).toContain(`  axisFormat ${format}`);
    expect(lines).toContain(`  tickInterval ${interval}`);
  });
});
