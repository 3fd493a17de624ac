/** The command line on the oldest Node that it is for, where the machine that tests has one: the action's own is newer. */
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { expect } from "vitest";
import { BUNDLE, test } from "./desk.ts";

const OLDEST = 20;

/** The oldest that is on the PATH. */
const node = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => {
    const path = join(folder, "node");
    return { path, major: Number(/^v(\d+)/.exec(String(spawnSync(path, ["-v"]).stdout))?.[1] ?? 0) };
  })
  .filter(({ major }) => major >= OLDEST && major < 24)
  .toSorted((a, b) => a.major - b.major)[0];

const older = node === undefined ? test.skip : test;

older(node === undefined ? "no Node 20 to 23 is on the PATH" : `Node ${node.major}`, async ({ desk }) => {
  const script = `set -e
      reflock() { "$NODE" "$BUNDLE" "$@"; }
      on="--remote $REMOTE"
      claim=$(reflock acquire publish $on)
      reflock status $on
      reflock check publish "$claim" $on
      reflock release publish "$claim" $on
      reflock log publish $on
      reflock doctor $on
      reflock run publish docs $on -- echo guarded
      mkdir -p .github/workflows && echo 'on: push
jobs: { a: { runs-on: x, steps: [{ run: npm publish }] } }' > .github/workflows/x.yml
      reflock lint || [ $? = 1 ]
      reflock completion bash`;
  const said = await desk.shell(script, { NODE: node?.path ?? "", BUNDLE });
  expect(said.code, said.err).toBe(0);
  expect(said.err).not.toContain("bug");
  expect(said.out).toContain("guarded\n");
});
