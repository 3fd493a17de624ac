/** docs/recipes.md does what it says: its scripts and commands, as they stand, on a lock that is real. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { readPage } from "../unit/readme-text.ts";
import {
  commandsOf,
  crontabCommands,
  expectDone,
  type Kitchen,
  oneByOne,
  SUDO,
  test,
} from "./recipes-kitchen.ts";

const PAGE = readPage(readFileSync(join(import.meta.dirname, "../../docs/recipes.md"), "utf8"));
const under = (heading: string) => commandsOf(PAGE).filter((block) => block.heading === heading);
const headings = new Set(commandsOf(PAGE).map(({ heading }) => heading));
const cooked = new Set<string>();

function recipe(heading: string, scenes: Readonly<Record<string, (kitchen: Kitchen) => Promise<void>>>) {
  cooked.add(heading);
  describe.concurrent(heading, () => {
    for (const [name, scene] of Object.entries(scenes)) test(name, ({ kitchen }) => scene(kitchen));
  });
}

const SOON = "sleep 0.2";
/** At work until the file `go` is there. */
const UNTIL_GO = "until [ -e go ]; do sleep 0.02; done";

recipe("A place for locks", {
  "is one that can keep them": async (kitchen) => {
    const [commands = ""] = kitchen.prepare(under("A place for locks"));
    const said = await kitchen.type(commands);
    expectDone(said);
    expect(said.err).toContain("locks can be kept here");
  },
});

const shared = "Several programs that share one working set";

function archive(kitchen: Kitchen): string {
  kitchen.standIn(SOON, "fetch-packages", "merge-into", "copy-out");
  const [commands = ""] = kitchen.prepare(under(shared));
  return commands;
}

recipe(shared, {
  "have it one by one, and the inner ones enter it": async (kitchen) => {
    const said = await kitchen.type(archive(kitchen));
    expectDone(said);
    const calls = oneByOne(kitchen.diary()).map((call) => call.split(" ")[0]);
    expect(calls).toHaveLength(7);
    const whole = "fetch-packages merge-into copy-out";
    expect(calls.join(" ").split(whole)).toHaveLength(3);
    expect(said.err.match(/entered "archive" again/g)).toHaveLength(2);
    expect(await kitchen.isHeld()).toBe(false);
  },
  "upload nothing by themselves": async (kitchen) => {
    archive(kitchen);
    const said = await kitchen.type("upload-packages");
    expect(said.code, said.err).toBe(64);
    expect(kitchen.diary()).toEqual([]);
  },
  "leave nothing behind where one fails": async (kitchen) => {
    archive(kitchen);
    kitchen.standIn("exit 3", "merge-into");
    expect((await kitchen.type("update-archive")).code).toBe(3);
    expect(
      oneByOne(
        kitchen
          .diary()
          .filter(({ what }) => what === "begin")
          .slice(0, 1),
      ),
    ).toEqual(["fetch-packages"]);
    expect(kitchen.diary().map(({ name }) => name)).not.toContain("copy-out");
    expect(await kitchen.isHeld()).toBe(false);
  },
  "leave nothing at work where one is killed": async (kitchen) => {
    archive(kitchen);
    kitchen.standIn(UNTIL_GO, "fetch-packages");
    const running = kitchen.type("update-archive & echo $! > pid; wait");
    await kitchen.sees("begin", "fetch-packages");
    await kitchen.type("kill -TERM $(cat pid)");
    await running;
    expect(kitchen.diary().map(({ what }) => what)).toEqual(["begin"]);
    expect(await kitchen.isHeld()).toBe(false);
  },
});

const cron = "Cron jobs, and the same by hand";

recipe(cron, {
  "only the first that is started succeeds": async (kitchen) => {
    kitchen.standIn(UNTIL_GO, "publish-stable", "publish-testing");
    const [crontab = "", byHand = ""] = kitchen.prepare(under(cron));
    const [stable = "", testing = ""] = crontabCommands(crontab);
    const first = kitchen.type(stable);
    await kitchen.sees("begin", "publish-stable");
    for (const later of [testing, byHand]) {
      const said = await kitchen.type(later);
      expect(said.code, said.err).toBe(75);
      expect(said.err).toMatch(/Could not acquire "archive": held by \S+.* since 20/);
    }
    writeFileSync(kitchen.path("go"), "");
    expectDone(await first);
    expectDone(await kitchen.type(byHand));
    expect(oneByOne(kitchen.diary())).toEqual(["publish-stable", "publish-stable --only openssl"]);
  },
  "one that is skipped need not fail, nor say anything": async (kitchen) => {
    kitchen.standIn(SOON, "publish-stable");
    const silently = "--no-wait --quiet --conflict-exit-code 0";
    const quiet = under(cron).map((block) => ({ ...block, text: block.text.replace("--no-wait", silently) }));
    const [crontab = ""] = kitchen.prepare(quiet);
    expectDone(await kitchen.desk.cli("acquire", "archive"));
    const said = await kitchen.type(crontabCommands(crontab)[0] ?? "false");
    expectDone(said);
    expect(said.out + said.err).toBe("");
    expect(kitchen.diary()).toEqual([]);
  },
});

const apps = "A lock for each app, and one for each kind of task";

recipe(apps, {
  "one backup at a time, beside an update, through sudo": async (kitchen) => {
    kitchen.program("sudo", SUDO);
    const locks = kitchen.desk.locks.path;
    // Neither ends before the other kind has been seen at work.
    kitchen.standIn(
      `until grep -q 'app-update' diary; do sleep 0.02; done; reflock run -n --remote ${locks} "app $1" -- true || exit`,
      "app-backup",
    );
    kitchen.standIn("until grep -q 'app-backup' diary; do sleep 0.02; done", "app-update");
    const [start = ""] = kitchen.prepare(under(apps));
    const said = await kitchen.type(start);
    expectDone(said);
    const backups = oneByOne(kitchen.diary(), (name) => name === "app-backup");
    expect(backups.toSorted()).toEqual(["app-backup mail", "app-backup wiki"]);
    expect(said.err.match(/entered "app \w+" again/g)).toHaveLength(2);
    expect(kitchen.diary().filter(({ what }) => what === "end")).toHaveLength(3);
  },
  "a crash shows what the task held": async (kitchen) => {
    kitchen.program("sudo", SUDO);
    kitchen.standIn(UNTIL_GO, "app-backup");
    const [, which = ""] = kitchen.prepare(under(apps));
    const task = kitchen.type('start-task backup wiki "task 4711" & echo $! > pid; wait');
    await kitchen.sees("begin", "app-backup");
    await kitchen.type("kill -KILL $(cat pid)");
    await task;
    const said = await kitchen.type(which);
    expectDone(said);
    expect(said.out.trim().split("\n").toSorted()).toEqual(["app wiki", "kind backup"]);
    expect((await kitchen.type(which.replace("4711", "4712"))).out).toBe("");
  },
});

const machine = "Given back from several places";

recipe(machine, {
  "by all of them at once, and by one that is late": async (kitchen) => {
    const [acquire = "", release = "", look = ""] = kitchen.prepare(under(machine));
    expectDone(await kitchen.type(acquire));
    expect((await kitchen.type(acquire.replace("4711.claim", "4712.claim"))).code).toBe(75);
    for (const said of await Promise.all([1, 2, 3, 4].map(() => kitchen.type(release)))) expectDone(said);
    expect(await kitchen.isHeld()).toBe(false);
    copyFileSync(kitchen.path("build-4711.claim"), kitchen.path("late.claim"));
    expectDone(await kitchen.type(acquire));
    expectDone(await kitchen.type(release.replace("build-4711.claim", "late.claim")));
    expect(await kitchen.isHeld()).toBe(true);
    const seen = await kitchen.type(look);
    expectDone(seen);
    expect(seen.out).toContain("build 4711");
    expect(seen.out.match(/\breleased\b/g)).toHaveLength(1);
  },
  "and whoever lost it is told": async (kitchen) => {
    const [acquire = "", release = ""] = kitchen.prepare(under(machine));
    expectDone(await kitchen.type(acquire));
    const claim = readFileSync(kitchen.path("build-4711.claim"), "utf8").trim();
    const words = ["--expect", claim, "--force", "--reason", "its disk is full", "machine arm64-3"];
    expectDone(await kitchen.desk.cli("clear", ...words));
    const said = await kitchen.type(release);
    expect(said.code, said.err).toBe(76);
    expect(said.err).toContain("its disk is full");
  },
});

const manifest = "A manifest, and slow work beside it";

recipe(manifest, {
  "deletion meets no snapshot that is not listed": async (kitchen) => {
    kitchen.standIn("sleep 2; echo snapshot-$$", "write-snapshot");
    kitchen.standIn(SOON, "add-to-manifest", "delete-unlisted");
    const [all = ""] = kitchen.prepare(under(manifest));
    const said = await kitchen.type(all);
    expectDone(said);
    const diary = kitchen.diary();
    oneByOne(diary, (name) => name !== "write-snapshot");
    for (const writing of ["write-snapshot", "add-to-manifest"]) {
      const ends = diary.filter(({ what, name }) => what === "end" && name === writing);
      expect(ends, said.err).toHaveLength(2);
    }
    // Whoever writes is between its first byte and its entry: then nothing is deleted.
    let writers = 0;
    for (const { what, name } of diary) {
      if (what === "begin" && name === "write-snapshot") writers++;
      if (what === "end" && name === "add-to-manifest") writers--;
      if (name === "delete-unlisted") expect(writers).toBe(0);
    }
    expect(diary.at(-1)?.what).toBe("end");
    expect(await kitchen.isHeld()).toBe(false);
  },
  "a wait that ends names the lock, and deletes nothing": async (kitchen) => {
    kitchen.standIn("echo snapshot-$$", "write-snapshot");
    kitchen.standIn(SOON, "add-to-manifest", "delete-unlisted");
    const soon = under(manifest).map((block) => ({ ...block, text: block.text.replace("30s", "1s") }));
    kitchen.prepare(soon);
    expectDone(await kitchen.desk.cli("acquire", "--reason", "repair", "manifest"));
    for (const script of ["backup", "delete-leftovers"]) {
      const said = await kitchen.type(script);
      expect(said.code, said.err).toBe(75);
      expect(said.err).toMatch(/Could not acquire "manifest" within 1s: held by .*repair/);
    }
    expect(kitchen.diary().map(({ name }) => name)).toEqual(["write-snapshot", "write-snapshot"]);
    const { locks } = await kitchen.desk.json("status", "writing");
    expect(locks[0].holders).toEqual([]);
  },
});

const late = "A target that refuses whoever comes late";

recipe(late, {
  "counts for each of them, and for nobody with a token from before": async (kitchen) => {
    copyFileSync(join(import.meta.dirname, "../exclusion/fenced.sh"), kitchen.path("bin/fenced.sh"));
    const [count = ""] = kitchen.prepare(under(late));
    const [folder = ""] = /\S+\/counter/.exec(count) ?? [];
    for (let times = 0; times < 3; times++) expectDone(await kitchen.type(count));
    const said = await kitchen.type(
      `fenced.sh write ${folder} 2 late; echo "status $?"; fenced.sh read ${folder} 3`,
    );
    expect(said.out, said.err).toBe("status 9\n3\n");
  },
});

recipe("A Debian archive", {
  "is changed as one step": async (kitchen) => {
    kitchen.standIn(SOON, "reprepro", "rsync");
    kitchen.prepare(under("A Debian archive"));
    expectDone(
      await kitchen.type(
        "publish-archive & first=$!; publish-archive & second=$!; wait $first && wait $second",
      ),
    );
    const calls = oneByOne(kitchen.diary()).map((call) => call.split(" ")[0]);
    expect(calls).toEqual([...Array(2)].flatMap(() => ["reprepro", "reprepro", "rsync"]));
  },
});

recipe("npm: from CI, and by hand", {
  "by hand, in a clone": async (kitchen) => {
    kitchen.standIn(SOON, "npm");
    const [publish = ""] = kitchen.prepare(under("npm: from CI, and by hand"));
    expectDone(await kitchen.type('git init --quiet && git remote add origin "$REMOTE"'));
    expectDone(await kitchen.type(publish));
    expect(oneByOne(kitchen.diary())).toEqual(["npm publish --workspaces"]);
    expect((await kitchen.desk.cli("log", "npm")).out).toContain("2.1.1, by hand");
  },
});

recipe("A release train across repositories", {
  "is stopped by a freeze, and goes on": async (kitchen) => {
    const [stop = "", go = ""] = kitchen.prepare(under("A release train across repositories"));
    const tried = 'reflock acquire --no-wait --remote "$REMOTE" train; echo "status $?"';
    const said = await kitchen.type([stop, tried, go, tried].join("\n"));
    expect(said.out, said.err).toMatch(/status 75\n(.*\n)*status 0/);
    expect(said.err).toContain("incident 42");
  },
});

test("every recipe at a terminal is one of these", () => {
  expect([...headings].filter((heading) => !cooked.has(heading))).toEqual([]);
  for (const heading of cooked) expect(headings).toContain(heading);
});
