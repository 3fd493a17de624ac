/** guarded-run.yml: its steps take and give back the lock, and what its `run:` step makes of the command and of the secret `env`, in a real bash. */
import { test as alone, describe, expect } from "vitest";
import type { StepResult } from "../runner/running.ts";
import { guardedRun, guardedSteps, guardedWorkflow, mapping, runAlone } from "./guarded-run.ts";
import { PROVE, test } from "./scene.ts";

/** Tells what the command finds of these variables, one a line, in a form that the runner sees nothing in. */
const SHOW = (...names: readonly string[]) =>
  `node -e 'for (const name of process.argv.slice(1)) console.error(btoa(encodeURIComponent(JSON.stringify(process.env[name] ?? null))))' ${names.join(" ")}`;

const shown = ({ stderr }: StepResult): unknown[] =>
  stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(decodeURIComponent(atob(line))));

/** What the runner was told to mask, besides the job's token. */
const masks = ({ commands }: StepResult): string[] =>
  commands.filter(({ command }) => command === "add-mask").map(({ data }) => data);

describe.concurrent("the secret `env`", () => {
  alone("reaches the command, each value masked and none shown", async () => {
    const secret = "NPM_TOKEN=npm_s3cret\n_x1=a=b==\r\n\n# a comment\nEMPTY=\nLAST=no line break at the end";
    const result = await runAlone({
      secret,
      command: `${SHOW("NPM_TOKEN", "_x1", "EMPTY", "LAST")}; echo "token: $NPM_TOKEN, $LAST"`,
    });
    expect(result, result.log).toMatchObject({ code: 0, conclusion: "success" });
    expect(shown(result)).toEqual(["npm_s3cret", "a=b==", "", "no line break at the end"]);
    expect(masks(result)).toEqual(["npm_s3cret", "a=b==", "no line break at the end"]);
    expect(result.log).toContain("token: ***, ***");
    for (const value of masks(result)) expect(result.log).not.toContain(value);
  });

  const values = [
    ["percent signs", "100%, 50%25, %0A%0D"],
    ["quotes", `"it's" \\"quoted\\"`],
    ["what bash would expand", "$HOME `id` $(id) $x * ~ \\n"],
    ["spaces at both ends", "  x  "],
    ["an equals sign at both ends", "=x="],
    ["a workflow command", "::error::no"],
    ["an old workflow command", "##[error]no"],
    ["other letters", "пароль 🚀"],
    ["a carriage return within", "one\rtwo"],
    ["a semicolon and an ampersand", "a;b&c|d"],
  ] as const;
  alone.for(values)("%s in a value", async ([, value]) => {
    const result = await runAlone({ secret: `VALUE=${value}`, command: SHOW("VALUE") });
    expect(result, result.log).toMatchObject({ code: 0, failures: [] });
    expect(shown(result)).toEqual([value]);
    expect(masks(result)).toEqual([value]);
    expect(result.commands.filter(({ command }) => command !== "add-mask")).toEqual([]);
    expect(result.stdout.split(/[\r\n]/).filter((line) => !/^(::add-mask::.*)?$/.test(line))).toEqual([]);
  });

  alone.for(["line", "key", "value", "command"])("may have the name %s", async (name) => {
    const secret = `FIRST=one\n${name}=mine\nLAST=two`;
    const result = await runAlone({ secret, command: SHOW("FIRST", name, "LAST") });
    expect(result, result.log).toMatchObject({ code: 0 });
    expect(shown(result)).toEqual(["one", "mine", "two"]);
  });

  alone.for(["GUARDED_COMMAND", "command"])("cannot change what is run by the name %s", async (name) => {
    const secret = `FIRST=one\n${name}=echo another\nLAST=two`;
    const result = await runAlone({ secret, command: "true" });
    expect(result.stdout).not.toMatch(/^another$/m);
    expect(result.stderr).toBe("");
  });

  alone.for([
    ["no equals sign", "just text"],
    ["no name", "=x"],
    ["a digit first", "1A=x"],
    ["a hyphen", "A-B=x"],
    ["a space before", " A=x"],
    ["a space after", "A =x"],
    ["export", "export A=x"],
    ["a command", "$(touch stolen)=x"],
    ["a subscript", "A[0]=x"],
    ["an addition", "A+=x"],
  ] as const)("with %s in a line is refused, and nothing of it is shown or run", async ([, line]) => {
    const result = await runAlone({ secret: `GOOD=s3cret\n${line}\n`, command: "echo ran; ls" });
    expect(result, result.log).toMatchObject({ code: 1, conclusion: "failure" });
    expect(result.log).toMatch(/##\[error\].*not KEY=VALUE/);
    expect(result.log).not.toContain("ran");
    expect(result.log).not.toContain(line.trim());
    expect(result.log).not.toContain("s3cret");
  });

  alone("is not in the environment as a whole, nor is the command", async () => {
    const secret = "A=first secret\nB=second secret";
    const script =
      "for (const [name, value] of Object.entries(process.env)) if (/GUARDED|\\n/.test(name + value)) console.error(JSON.stringify(name))";
    const result = await runAlone({
      secret,
      command: `node -e '${script}'; cat /proc/$$/environ >&2 || true`,
    });
    expect(result.code, result.log).toBe(0);
    expect(result.stderr).not.toContain("GUARDED");
    expect(result.stderr).not.toContain("A=first secret\nB=");
    expect(result.stderr).toContain("first secret");
  });

  alone("may be left out", async () => {
    const result = await runAlone({ command: "echo ran" });
    expect(result, result.log).toMatchObject({ code: 0, log: "ran" });
    expect(result.commands).toEqual([]);
  });
});

describe.concurrent("the command", () => {
  alone("may have quotes, line breaks and whatever else bash has", async () => {
    const command = `
# it's a "comment"
greet() {
  printf '%s, %s!\\n' "$1" 'it'"'"'s "you"'
}
greet "hello
there" | tr a-z A-Z
cat <<'END'
$not expanded \`here\`
END
[[ 5 -gt 3 ]] && echo "100%"`;
    const result = await runAlone({ command });
    expect(result, result.log).toMatchObject({ code: 0 });
    expect(result.stdout).toBe(`HELLO\nTHERE, IT'S "YOU"!\n$not expanded \`here\`\n100%\n`);
  });

  alone.for([
    ["exit 3", 3],
    ["false; echo ran", 1],
    ["false | true; echo ran", 1],
    ['echo "$UNSET_VARIABLE"; echo ran', 1],
    ["no-such-program", 127],
    ["if then", 2],
  ] as const)("%j: exit status %i, and nothing runs after the failure", async ([command, code]) => {
    const result = await runAlone({ command });
    expect(result, result.log).toMatchObject({ code, conclusion: "failure" });
    expect(result.stdout).not.toContain("ran");
  });

  alone("gets the signal that ends the step: nothing stands between", async () => {
    const command = `trap 'echo stopped; exit 9' INT; echo started; while true; do sleep 0.1; done`;
    const result = await runAlone({ command }, async (running) => {
      await running.line(/^started$/);
      running.kill("SIGINT");
      return await running.result;
    });
    expect(result).toMatchObject({ code: 9, log: "started\nstopped" });
  });
});

describe("as a whole", () => {
  const input = (name: string) => `\${{ inputs.${name} }}`;

  test("the lock is taken before the command, by the inputs alone, and nothing of them is text of a script", () => {
    const [checkout, lock, command, ...more] = guardedSteps();
    expect(more).toEqual([]);
    expect(checkout?.uses).toMatch(/^actions\/checkout@/);
    expect(lock).toMatchObject({
      uses: "reflock/reflock@v1",
      id: "lock",
      with: { name: input("lock"), wait: input("wait"), slots: input("slots") },
    });
    expect(command?.run).not.toContain("${{");
    const { inputs, secrets, outputs } = mapping(mapping(guardedWorkflow().on).workflow_call);
    const names = ["lock", "command", "runner", "wait", "slots", "environment"];
    expect(Object.keys(mapping(inputs))).toEqual(expect.arrayContaining(names));
    expect(mapping(mapping(secrets).env).required).toBe("false");
    expect(Object.keys(mapping(outputs))).toContain("fencing-token");
  });

  test("from a caller that holds the name with scope `run`: it enters, runs, and the caller keeps it", async ({
    scene,
  }) => {
    const caller = await scene.job({ runId: 880, job: "prepare" });
    const { outputs } = await caller.holds({ scope: "run" });
    await caller.finish();
    const called = await scene.job({ runId: 880, job: "guarded-run" });
    const taken = await called.holds({ wait: "1h", slots: "1" });
    expect(taken.outputs).toMatchObject({ reentered: "true", "fencing-token": outputs["fencing-token"] });
    const command = `echo "publishing as number $REFLOCK_TOKEN of $REFLOCK_NAME"`;
    expect((await guardedRun(called, { command }).result).log).toBe("publishing as number 1 of publish");
    expect((await called.finish()).map(({ code }) => code)).toEqual([0]);
    const [hold] = await scene.history();
    expect(hold?.endedAt).toBeNull();
    const after = await scene.job({ runId: 880, job: "finish" });
    expect((await after.runs({ operation: "release" })).code).toBe(0);
    await after.finish();
  });

  test("two at once: the second runs its command only when the first is through", async ({ scene }) => {
    const jobs = await Promise.all([1, 2].map((_) => scene.job({ job: "guarded-run", fastClock: !PROVE })));
    let inside = 0;
    await Promise.all(
      jobs.map(async (job) => {
        await job.holds({ wait: "5m" });
        expect(++inside).toBe(1);
        expect((await guardedRun(job, { command: "sleep 0.2" }).result).code).toBe(0);
        inside--;
        expect(await job.finish()).toMatchObject([{ code: 0 }]);
      }),
    );
    expect(await scene.history()).toHaveLength(2);
  });
});
