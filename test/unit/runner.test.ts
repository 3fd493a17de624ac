import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inputVariables, parseActionFile } from "../runner/action-file.ts";
import { RUNNER_CANCEL_TIMES } from "../runner/process.ts";
import { type Job, type JobOptions, startJob } from "../runner/runner.ts";

// The harness itself, on bundles of a few lines: what it tells of the shipped ones is worth no more than this.

let bundle: string;
const jobs: Job[] = [];

beforeEach(() => {
  bundle = mkdtempSync(join(tmpdir(), "reflock-bundle-"));
  writeFileSync(join(bundle, "package.json"), '{"type":"module"}');
  script("main.js", "");
  script("post.js", "");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(jobs.splice(0).map((job) => job.dispose()));
  rmSync(bundle, { recursive: true });
});

/** A bundle's script, with what every one of them here needs. */
function script(name: string, body: string): void {
  const head = `import { appendFileSync } from "node:fs";
const { env } = process;
const say = (text) => process.stdout.write(text + "\\n");
const write = (variable, text) => appendFileSync(env[variable], text);
`;
  writeFileSync(join(bundle, name), head + body);
}

async function start(options: Partial<JobOptions> = {}): Promise<Job> {
  const job = await startJob({
    hub: { url: "http://127.0.0.1:9" },
    repository: { fullName: "octo/app", nodeId: "R_1" },
    token: "ghs_secret",
    runId: 812,
    bundle,
    ...options,
  });
  jobs.push(job);
  return job;
}

function environmentOf(log: string): Record<string, string> {
  return JSON.parse(log);
}

describe("what a step is given", () => {
  // Through a file: a log would show no token.
  const dump = `appendFileSync(env.DUMP, JSON.stringify(env));`;
  const given = async (options: Partial<JobOptions>, inputs: Record<string, string>) => {
    script("main.js", dump);
    const path = join(bundle, "dump.json");
    const job = await start(options);
    const result = await job.step({ inputs, env: { DUMP: path, GITHUB_RUN_ID: "1" } }).runMain();
    return { result, env: environmentOf(readFileSync(path, "utf8")) };
  };

  test("every input of action.yml, as given or by its default", async () => {
    const { result, env } = await given({ jobId: 9911 }, { name: "publish", "max-hold": "2h" });
    expect(result).toMatchObject({ code: 0, signal: null, conclusion: "success", failures: [] });
    const inputs = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("INPUT_")));
    expect(inputs).toEqual({
      INPUT_NAME: "publish",
      INPUT_OPERATION: "acquire",
      INPUT_WAIT: "1h",
      "INPUT_ON-TIMEOUT": "fail",
      INPUT_SLOTS: "1",
      INPUT_SCOPE: "job",
      "INPUT_MAX-HOLD": "2h",
      INPUT_REASON: "",
      INPUT_REPOSITORY: "octo/app",
      INPUT_NAMESPACE: "refs/locks",
      INPUT_TOKEN: "ghs_secret",
      "INPUT_JOB-ID": "9911",
      INPUT_EXPECT: "",
      INPUT_FORCE: "false",
      "INPUT_DRY-RUN": "false",
    });
  });

  test("an empty job id where the server sets none", async () => {
    expect((await given({}, {})).env["INPUT_JOB-ID"]).toBe("");
  });

  test("the run's variables, which no step can overrule, and nothing of the host's", async () => {
    vi.stubEnv("NODE_OPTIONS", "--no-warnings");
    vi.stubEnv("GITHUB_TOKEN", "of the host");
    vi.stubEnv("OF_THE_HOST", "1");
    const { env } = await given(
      { attempt: 2, job: "build", runnerName: "r-7", env: { OF_THE_JOB: "1" } },
      {},
    );
    expect(env).toMatchObject({
      GITHUB_ACTIONS: "true",
      CI: "true",
      GITHUB_API_URL: "http://127.0.0.1:9",
      GITHUB_GRAPHQL_URL: "http://127.0.0.1:9/graphql",
      GITHUB_SERVER_URL: "http://127.0.0.1:9",
      GITHUB_REPOSITORY: "octo/app",
      GITHUB_RUN_ID: "812",
      GITHUB_RUN_ATTEMPT: "2",
      GITHUB_JOB: "build",
      RUNNER_NAME: "r-7",
      OF_THE_JOB: "1",
    });
    expect(env).not.toHaveProperty("NODE_OPTIONS");
    expect(env).not.toHaveProperty("GITHUB_TOKEN");
    expect(env).not.toHaveProperty("OF_THE_HOST");
  });

  test("the event's payload", async () => {
    script("main.js", `say((await import("node:fs")).readFileSync(env.GITHUB_EVENT_PATH, "utf8"));`);
    const { log } = await (await start({ event: { action: "published" } })).step().runMain();
    expect(JSON.parse(log)).toMatchObject({
      action: "published",
      repository: { node_id: "R_1", full_name: "octo/app", owner: { login: "octo" } },
    });
  });

  test("a default that names an unknown context is an error, and not an empty text", async () => {
    const action = await parseActionFile(`name: a
description: a
inputs:
  x:
    default: \${{ github.sha }}
runs:
  using: node24
  main: m.js
`);
    expect(action.errors).toEqual([]);
    expect(() => inputVariables(action, {}, { "github.token": "t" })).toThrow(/github\.sha/);
  });
});

describe("what a step leaves", () => {
  test("outputs, state, exports, path and summary, in both forms", async () => {
    script(
      "main.js",
      `write("GITHUB_OUTPUT", "plain=a=b<<c\\nlines<<E_1\\none\\n\\nx=y\\nE_1\\nempty<<E_2\\nE_2\\n");
       write("GITHUB_STATE", "seen=yes\\n");
       write("GITHUB_ENV", "REFLOCK_NAME=publish\\n");
       write("GITHUB_PATH", "/first\\n/second\\n");
       write("GITHUB_STEP_SUMMARY", "# A lock\\nghs_secret\\n");`,
    );
    const job = await start();
    const step = job.step();
    const result = await step.runMain();
    expect(result).toMatchObject({
      outputs: { plain: "a=b<<c", lines: "one\n\nx=y", empty: "" },
      state: { seen: "yes" },
      env: { REFLOCK_NAME: "publish" },
      path: ["/first", "/second"],
      summary: "# A lock\n***\n",
      failures: [],
    });
    const later = await job.command("/bin/sh", ["-c", 'echo "$REFLOCK_NAME $PATH"']).result;
    expect(later.log).toMatch(/^publish \/second:\/first:/);
    expect((await step.post()).code).toBe(0);
  });

  test("state is post's alone, and post adds to it", async () => {
    script("main.js", `write("GITHUB_STATE", "claim<<E\\na\\nb\\nE\\n"); process.exitCode = 1;`);
    script(
      "post.js",
      `say(JSON.stringify([env.STATE_claim, env.STATE_given, env.INPUT_NAME])); write("GITHUB_STATE", "given=1\\n");`,
    );
    const job = await start();
    const [step, other] = [job.step({ inputs: { name: "n" } }), job.step()];
    expect(await step.runMain()).toMatchObject({ code: 1, conclusion: "failure" });
    await other.runMain();
    expect((await step.post()).log).toBe('["a\\nb",null,"n"]');
    expect((await step.post({ inputs: "none" })).log).toBe('["a\\nb","1",null]');
    expect(step.state).toEqual({ claim: "a\nb", given: "1" });
  });

  test("what was written before the kill is there for post", async () => {
    script("main.js", `write("GITHUB_STATE", "before=1\\n"); say("waiting"); setInterval(() => {}, 1000);`);
    script("post.js", `say(env.STATE_before);`);
    const step = (await start()).step();
    const main = step.main();
    await main.line(/waiting/);
    expect(() => step.startPost()).toThrow(/has ended/);
    expect(main.kill("SIGKILL")).toBe(true);
    expect(await main.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(await main.result).toMatchObject({ conclusion: "failure", state: { before: "1" } });
    expect((await step.post()).log).toBe("1");
  });

  test("a file that was cut off fails the step, and counts up to there", async () => {
    script("main.js", `write("GITHUB_STATE", "whole=1\\ncut<<E\\nvalue\\n");`);
    const result = await (await start()).step().runMain();
    expect(result).toMatchObject({ code: 0, conclusion: "failure", state: { whole: "1" } });
    expect(result.failures).toEqual([
      expect.stringContaining("GITHUB_STATE: matching delimiter not found 'E'"),
    ]);
    expect(result.log).toContain("##[error]");
  });

  test("a summary above one mebibyte is refused", async () => {
    script("main.js", `write("GITHUB_STEP_SUMMARY", "x".repeat(1024 * 1024 + 1));`);
    expect(await (await start()).step().runMain()).toMatchObject({ summary: "", conclusion: "failure" });
  });
});

describe("the order of a job", () => {
  test("posts run last first, once, for those whose main was started", async () => {
    script("main.js", `write("GITHUB_STATE", "n=" + env.INPUT_NAME + "\\n");`);
    script(
      "post.js",
      `say(env.STATE_n); write("GITHUB_ENV", "SEEN=" + (env.SEEN ?? "") + env.STATE_n + "\\n");`,
    );
    const job = await start();
    const [first, second, third, never] = ["1", "2", "3", "4"].map((name) => job.step({ inputs: { name } }));
    for (const step of [second, first, third]) await step?.runMain();
    await third?.post();
    expect((await job.finish()).map((result) => result.log)).toEqual(["1", "2"]);
    expect(job.env).toEqual({ SEEN: "312" });
    await expect(never?.post()).rejects.toThrow(/was started/);
    expect(await job.finish()).toEqual([]);
  });

  test("twenty mains at once", async () => {
    script("main.js", `say(env.INPUT_NAME);`);
    const job = await start();
    const names = Array.from({ length: 20 }, (_, index) => `lock ${index}`);
    const results = await Promise.all(names.map((name) => job.step({ inputs: { name } }).runMain()));
    expect(results.map((result) => result.log)).toEqual(names);
  });

  test("nothing outlives the job, and nothing starts in it after that", async () => {
    script("main.js", `say("ready"); setInterval(() => {}, 1000);`);
    const job = await start();
    const step = job.step();
    const main = step.main();
    await main.line(/ready/);
    await job.dispose();
    expect(await main.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(existsSync(job.temp)).toBe(false);
    await expect(step.post()).rejects.toThrow(/is over/);
  });

  test("a line that never comes", async () => {
    script("main.js", `say("other");`);
    await expect((await start()).step().main().line(/this/)).rejects.toThrow(/ended without a line.*\nother/);
  });
});

describe("cancelling", () => {
  const heeding = `for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => { say(name); if (name === env.ENDS_ON) process.exit(130); });
    setInterval(() => {}, 1000);`;
  const patient = { sigtermAfterMs: 60_000, killAfterMs: 60_000 };

  test("takes as long as the runner's", () => {
    expect(RUNNER_CANCEL_TIMES).toEqual({ sigtermAfterMs: 7500, killAfterMs: 2500 });
  });

  test("first asks with SIGINT", async () => {
    script("main.js", `${heeding} say("ready");`);
    const job = await start();
    const step = job.step({ env: { ENDS_ON: "SIGINT" } });
    await step.main().line(/ready/);
    expect(await job.cancel(step, patient)).toMatchObject({ code: 130, signal: null, log: "ready\nSIGINT" });
  });

  test("then with SIGTERM", async () => {
    script("main.js", `${heeding} say("ready");`);
    const job = await start();
    const step = job.step({ env: { ENDS_ON: "SIGTERM" } });
    await step.main().line(/ready/);
    const result = await job.cancel(step, { ...patient, sigtermAfterMs: 20 });
    expect(result).toMatchObject({ code: 130, log: "ready\nSIGINT\nSIGTERM" });
  });

  test("then kills the whole tree, and post still runs", async () => {
    script(
      "main.js",
      `${heeding}
       const { spawn } = await import("node:child_process");
       spawn("/bin/sh", ["-c", "trap '' INT TERM; echo child; while :; do sleep 1; done"], { stdio: ["ignore", "inherit", "ignore"] });`,
    );
    script("post.js", `say("post");`);
    const job = await start();
    const step = job.step();
    const main = step.main();
    await main.line(/child/);
    const result = await job.cancel(step, { sigtermAfterMs: 20, killAfterMs: 20 });
    expect(result.signal).toBe("SIGKILL");
    // A child that lived would keep the output open, and the result would come five seconds late.
    expect(result.durationMs).toBeLessThan(5000);
    expect((await job.finish()).map((result) => result.log)).toEqual(["post"]);
  });
});

describe("what a step prints", () => {
  test("masks hold from where they are set, in every later step of the job", async () => {
    script(
      "main.js",
      `say("hush"); say("::add-mask::hush%0Aline two"); say("a hush, ghs_secret"); console.error("line two");`,
    );
    const job = await start();
    const { log, stdout, commands } = await job.step().runMain();
    expect(log.split("\n").toSorted()).toEqual(["***", "a ***, ***", "hush"]);
    expect(stdout).toContain("a hush, ghs_secret");
    expect(commands).toMatchObject([{ command: "add-mask", data: "hush\nline two" }]);
    script("main.js", `say("hush");`);
    expect((await job.step().runMain()).log).toBe("***");
  });

  test("an injected command does what it does on a runner, and is told", async () => {
    const reason = "because ##[set-output name=acquired;]true";
    script("main.js", `say("held: ${reason}"); process.stdout.write("text\\r::save-state name=x::1\\n");`);
    const { outputs, state, commands, log } = await (await start()).step().runMain();
    expect(outputs).toEqual({ acquired: "true" });
    expect(state).toEqual({ x: "1" });
    expect(commands.map(({ form, command }) => form + command)).toEqual(["##[set-output", "::save-state"]);
    expect(log).toBe("text");
  });

  test("a command that the runner has disabled fails the step", async () => {
    script("main.js", `say("::set-env name=PATH::/tmp");`);
    expect(await (await start()).step().runMain()).toMatchObject({ code: 0, conclusion: "failure" });
  });
});
