import { describe, expect, test } from "vitest";
import { apiIn } from "../../src/cli/api.ts";
import { livenessFrom, webHostOf } from "../../src/cli/liveness.ts";
import type { Identity } from "../../src/lock/identity.ts";
import type { Liveness } from "../../src/lock/ports.ts";
import type { Verdict } from "../../src/lock/verdict.ts";
import { job, person } from "./situations.ts";

describe("the API that the environment names", () => {
  test.each([
    [{ GH_TOKEN: "t" }, "https://api.github.com"],
    [{ GITHUB_TOKEN: "t" }, "https://api.github.com"],
    [{ GH_TOKEN: "t", GH_HOST: "github.com" }, "https://api.github.com"],
    [{ GH_TOKEN: "t", GH_HOST: "ghes.example" }, "https://ghes.example/api/v3"],
    [{ GH_TOKEN: "t", GH_HOST: "octo.ghe.com" }, "https://api.octo.ghe.com"],
    [
      { GH_TOKEN: "t", GITHUB_API_URL: "https://ghes.example/api/v3/", GH_HOST: "other" },
      "https://ghes.example/api/v3",
    ],
    [{ GH_TOKEN: "t", GITHUB_API_URL: "http://127.0.0.1:4000" }, "http://127.0.0.1:4000"],
  ])("%j", (env, url) => {
    expect(apiIn(env)).toEqual({ url, token: "t" });
  });

  test("the first of two credentials is taken, and an empty one is none", () => {
    expect(apiIn({ GH_TOKEN: "a", GITHUB_TOKEN: "b" })).toMatchObject({ token: "a" });
    expect(apiIn({ GH_TOKEN: "", GITHUB_TOKEN: "b" })).toMatchObject({ token: "b" });
  });

  test.each([
    [{}, "GH_TOKEN or GITHUB_TOKEN"],
    [{ GH_TOKEN: "a\nb" }, "no token has"],
    [{ GH_TOKEN: "t", GITHUB_API_URL: "ftp://x" }, "not the address"],
    [{ GH_TOKEN: "t", GITHUB_API_URL: "nonsense" }, "not the address"],
    [{ GH_TOKEN: "t", GITHUB_API_URL: "https://u:p@x/" }, "not the address"],
    [{ GH_TOKEN: "t", GH_HOST: "x/../y?z=" }, "not the address"],
  ])("%j is none, and says why without the credential", (env, why) => {
    const api = apiIn(env);
    expect(api).toEqual({ why: expect.stringContaining(why) });
    expect(JSON.stringify(api)).not.toMatch(/a\\nb|u:p/);
  });
});

test.each([
  ["https://api.github.com", "github.com"],
  ["https://api.octo.ghe.com", "octo.ghe.com"],
  ["https://ghes.example/api/v3", "ghes.example"],
  ["http://127.0.0.1:4000", "127.0.0.1:4000"],
])("people see the runs of %s at %s", (url, host) => {
  expect(webHostOf(url)).toBe(host);
});

describe("whether somebody is alive", () => {
  const says = (state: Verdict["state"], why: string): Liveness => ({
    judge: async () => ({ state, why, sinceMs: null }),
  });

  function judging(
    api = apiIn({ GH_TOKEN: "t" }),
    openRuns = async () => says("dead", "its job is completed"),
  ) {
    const asked: string[][] = [];
    const liveness = livenessFrom({
      api,
      openRuns: (...about) => {
        asked.push(about);
        return openRuns();
      },
      processes: says("unknown", "a process"),
    });
    const judge = (who: Identity) =>
      liveness.judge({ kind: "claim", scope: "job", who, writtenAtMs: null, isThorough: false });
    return { judge, asked };
  }

  test("the environment's API tells of runs, this machine of processes", async () => {
    const { judge, asked } = judging();
    expect(await judge(job(812))).toMatchObject({ state: "dead" });
    expect(await judge(job(813))).toMatchObject({ state: "dead" });
    expect(await judge(person())).toMatchObject({ state: "unknown", why: "a process" });
    expect(await judge({ run: null, process: null })).toMatchObject({ state: "unknown" });
    expect(asked).toEqual([["https://api.github.com", "t", "octo/app"]]);
  });

  test("of a run at another host nothing is known, and nobody is asked", async () => {
    const { judge, asked } = judging();
    for (const url of [
      "https://ghes.example/octo/app/actions/runs/812",
      "https://github.com.evil.example/",
      "x",
    ])
      expect(await judge(job(812, { url }))).toMatchObject({
        state: "unknown",
        why: expect.stringContaining("GH_HOST"),
      });
    expect(asked).toEqual([]);
  });

  test("without a credential it says which variable would tell", async () => {
    const { judge, asked } = judging(apiIn({}));
    expect(await judge(job(812))).toMatchObject({
      state: "unknown",
      why: expect.stringContaining("GH_TOKEN"),
    });
    expect(asked).toEqual([]);
  });

  test("a client that can't be loaded any more is no death", async () => {
    const { judge } = judging(apiIn({ GH_TOKEN: "t" }), () => Promise.reject(new Error("no such module")));
    expect(await judge(job(812))).toMatchObject({
      state: "unknown",
      why: expect.stringContaining("start reflock anew"),
    });
  });
});
