import { expect, test } from "vitest";
import { layOut as layOutLog } from "../../src/cli/log.ts";
import { layOut } from "../../src/cli/status.ts";
import type { LoggedHold } from "../../src/lock/history.ts";
import type { HolderStatus, LockStatus } from "../../src/lock/report.ts";

const NOW = Date.parse("2026-11-21T08:10:00Z");
const CLAIM = "c".repeat(40);
const plain = { paint: (_: string, text: string) => text };

function holder(more: Partial<HolderStatus> = {}): HolderStatus {
  return {
    ...{ claim: CLAIM, ref: "refs/locks/publish/holder/1", run: null, attempt: null, job: null, url: null },
    ...{ who: "ada@workbench", reason: null, freeze: false, since: "2026-11-21T08:05:30Z" },
    ...{ alive: "unknown", why: null, ...more },
  };
}

test("status has a line for each holder, each free slot and each waiter, and below it what says more", () => {
  const run = { run: 812, attempt: 2, job: "publish", url: "https://github.example/run/812", who: "octo" };
  const statuses: LockStatus[] = [
    {
      name: "publish",
      slots: 1,
      holders: [holder({ ...run, reason: "nightly", alive: "alive", why: "its job is in_progress" })],
      waiters: [holder({ ref: "refs/locks/publish/queue/1", since: "2026-11-21T08:09:58Z" })],
    },
    { name: "the archive", slots: 3, holders: [holder({ ref: "refs/locks/x/holder/2" })], waiters: [] },
    { name: "deploy", slots: 1, holders: [holder({ freeze: true, since: "" })], waiters: [] },
  ];
  expect(layOut(statuses, NOW, plain)).toEqual([
    "LOCK           SLOT    STATE    AGE  WHO                                       LIFE     CLAIM",
    `publish        1/1     held     4m   run 812, attempt 2, job publish, by octo  alive    ${CLAIM}`,
    "  https://github.example/run/812",
    "  reason: nightly",
    "  alive: its job is in_progress",
    `publish                waits 1  2s   ada@workbench                             unknown  ${CLAIM}`,
    `"the archive"  2/3     held     4m   ada@workbench                             unknown  ${CLAIM}`,
    '"the archive"  2 of 3  free',
    `deploy         1/1     frozen        ada@workbench                             unknown  ${CLAIM}`,
  ]);
});

test("status lets nothing out of its line", () => {
  const lines = layOut(
    [
      {
        name: "a\nb",
        slots: 1,
        holders: [holder({ who: "x\x1b[2J", reason: "\n::error::", url: "\r\x9b" })],
        waiters: [],
      },
    ],
    NOW,
    plain,
  );
  expect(lines).toHaveLength(4);
  expect(lines.join("")).not.toMatch(/\p{Cc}/u);
});

test("the log says of each hold how it ended, and by whom where it was somebody else", () => {
  const hold: LoggedHold = {
    ...{ lock: "publish", slot: 1, slots: 1, token: 7, claim: CLAIM, who: "ada on workbench", run: null },
    ...{ attempt: null, job: null, url: null, freeze: false, reason: null, since: "2026-11-21T08:00:00Z" },
    ...{ until: "2026-11-21T08:04:10Z", outcome: "released", by: "ada on workbench", endReason: null },
    ...{ waitedSeconds: 65, heldSeconds: 250 },
  };
  expect(
    layOutLog(
      [
        { ...hold, token: 9, outcome: "held", until: null, by: null, waitedSeconds: null, freeze: true },
        { ...hold, token: 8, outcome: "cleared", by: "run 3, attempt 1, job x", endReason: "stuck\n" },
        { ...hold, reason: "nightly" },
      ],
      NOW,
    ),
  ).toEqual([
    "LOCK     TOKEN  SLOT  SINCE                    HELD    WAITED  OUTCOME   WHO",
    "publish  9      1/1   2026-11-21 08:00:00 UTC  10m             frozen    ada on workbench",
    "publish  8      1/1   2026-11-21 08:00:00 UTC  4m 10s  1m 5s   cleared   ada on workbench",
    "  cleared by run 3, attempt 1, job x: stuck\\n",
    "publish  7      1/1   2026-11-21 08:00:00 UTC  4m 10s  1m 5s   released  ada on workbench",
    "  reason: nightly",
  ]);
});
