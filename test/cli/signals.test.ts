/** What a signal does to the commands that are not `run`: they clean up behind themselves, and end with its number. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type Desk, test } from "./desk.ts";

/** Where the desk has its temporary files. */
const temporary = ({ folder }: Desk) => readdir(join(folder, ".."));

describe.concurrent("a signal", () => {
  test.for<[string, NodeJS.Signals, number]>([
    ["release", "SIGTERM", 143],
    ["check", "SIGINT", 130],
    ["check", "SIGHUP", 129],
  ])("%s that looks again: %s ends it with %i, and its folder is gone", async (row, { desk }) => {
    const [command, signal, code] = row;
    const before = await temporary(desk);
    const call = desk.start(command, "publish", "0".repeat(40));
    await call.says("trying again");
    call.kill(signal);
    const said = await call.said;
    expect(said, said.err).toMatchObject({ code, out: "" });
    expect(said.err).toContain("cancelled");
    expect(await temporary(desk)).toEqual(before);
  });

  test("lets a release that is under way finish", async ({ desk }) => {
    const claim = (await desk.cli("acquire", "publish")).out.trimEnd();
    const before = await temporary(desk);
    await desk.locks.hook("pre-receive", `touch "${desk.folder}/pushing"; sleep 1`);
    const call = desk.start("release", "publish", claim);
    await desk.shell("until test -e pushing; do sleep 0.02; done");
    call.kill("SIGTERM");
    const said = await call.said;
    expect(said, said.err).toMatchObject({ code: 143 });
    expect(said.err).toContain('released "publish"');
    expect(await desk.refs()).toEqual(["refs/locks/publish/log/1"]);
    expect(await temporary(desk)).toEqual(before);
  });

  test("makes doctor remove what it has made", async ({ desk }) => {
    const before = await temporary(desk);
    await desk.locks.hook("pre-receive", `touch "${desk.folder}/pushing"; sleep 0.5`);
    const call = desk.start("doctor");
    await desk.shell("until test -e pushing; do sleep 0.02; done");
    call.kill("SIGINT");
    const said = await call.said;
    expect(said, said.err).toMatchObject({ code: 130, out: "" });
    expect(await desk.refs()).toEqual([]);
    expect(await temporary(desk)).toEqual(before);
  });
});
