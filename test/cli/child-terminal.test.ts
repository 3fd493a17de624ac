/** The guarded command at a terminal: it has it as if it had been started without us, and no signal of it reaches anybody twice. */
import { describe, expect } from "vitest";
import { HAS_TERMINAL, test, until } from "./child-stage.ts";

const CTRL_C = "\x03";
const CTRL_Z = "\x1a";
const CTRL_BACKSLASH = "\x1c";

/** Counts the INT that it gets, and ends a moment after the first one with their number, so that a second one would be seen. */
const COUNTING = `let count = 0;
process.on("SIGINT", () => { if (++count === 1) setTimeout(() => process.exit(40 + count), 500); });
setInterval(() => {}, 1000);
console.log("ready");`;
const COUNT = `"${process.execPath}" -e '${COUNTING.replaceAll("\n", " ")}'`;

describe.skipIf(!HAS_TERMINAL).concurrent("at a terminal", () => {
  test("the command reads from it, by its input and by its name", async ({ family }) => {
    const line = `$DRIVER sh -c 'echo ready; read -r one; read -r two </dev/tty; echo "$two $one"; exit 7'`;
    const terminal = family.atTerminal("child-driver", line);
    await until(() => terminal.shown.includes("ready"));
    terminal.type("first\nsecond\n");
    expect(await terminal.status).toBe(7);
    expect(terminal.shown).toContain("second first");
  });

  test("the command is the terminal's foreground group, and whoever started it is after its end", async ({
    family,
  }) => {
    // The eighth field of a process's stat is the terminal's foreground group, the fifth its own.
    const place = `while read -r _ _ _ _ own _ _ front _; do echo "place $((own == front))"; done`;
    const line = `$DRIVER sh -c '${place} </proc/self/stat'; read -r answer; echo "got $answer"`;
    const terminal = family.atTerminal("child-driver", line);
    await until(() => terminal.shown.includes("place 1"));
    await until(() => terminal.shown.includes("ended with 0"));
    terminal.type("back\n");
    await terminal.status;
    expect(terminal.shown).toContain("got back");
  });

  test("Ctrl-C reaches it once", async ({ family }) => {
    const terminal = family.atTerminal("child-driver", `$DRIVER ${COUNT}`);
    await until(() => terminal.shown.includes("ready"));
    terminal.type(CTRL_C);
    expect(await terminal.status, terminal.shown).toBe(41);
  });

  test("Ctrl-C reaches it once too where others have the terminal with it", async ({ family }) => {
    const terminal = family.atTerminal(
      "child-driver",
      `{ $DRIVER ${COUNT}; echo "status $?"; } | { trap '' INT; cat; }`,
    );
    await until(() => terminal.shown.includes("ready"));
    terminal.type(CTRL_C);
    await terminal.status;
    expect(terminal.shown).toContain("ended with 41");
  });

  test.for([
    ["Ctrl-C", CTRL_C, 130],
    ["Ctrl-\\", CTRL_BACKSLASH, 131],
  ] as const)("%s ends it with the status of its signal", async ([, key, status], { family }) => {
    const terminal = family.atTerminal("child-driver", "$DRIVER sh -c 'echo ready; exec sleep 60'");
    await until(() => terminal.shown.includes("ready"));
    terminal.type(key);
    expect(await terminal.status).toBe(status);
    expect(family.members()).toEqual([]);
  });

  test("Ctrl-Z does not suspend it", async ({ family }) => {
    const terminal = family.atTerminal(
      "child-driver",
      "$DRIVER sh -c 'echo ready; sleep 1; echo went on; read -r x; echo $x'",
    );
    await until(() => terminal.shown.includes("ready"));
    for (let times = 0; times < 3; times++) terminal.type(CTRL_Z);
    await until(() => terminal.shown.includes("went on"));
    terminal.type("still there\n");
    expect(await terminal.status).toBe(0);
    expect(terminal.shown).toContain("still there\nstill there");
  });

  test("a neighbour in the pipeline keeps the terminal", async ({ family }) => {
    const line = `$DRIVER sh -c 'read -r x; echo "read $x"' | { read -r x </dev/tty; cat; echo "neighbour $x"; }`;
    const terminal = family.atTerminal("child-driver", line);
    terminal.type("one\ntwo\n");
    expect(await terminal.status).toBe(0);
    // Who reads first is not ours to say.
    expect(terminal.shown).toMatch(/read one\n[\s\S]*neighbour two|read two\n[\s\S]*neighbour one/);
  });

  test("in the background it does not take what is typed for others", async ({ family }) => {
    const line = `set -m; $DRIVER sh -c 'echo ready; cat; sleep 1; echo done' & read -r x; echo "got $x"; wait`;
    const terminal = family.atTerminal("child-driver", line);
    await until(() => terminal.shown.includes("ready"));
    terminal.type("mine\n");
    expect(await terminal.status).toBe(0);
    expect(terminal.shown).toContain("got mine");
    expect(terminal.shown).toContain("done");
  });

  test("when it hangs up, nobody is left", async ({ family }) => {
    const terminal = family.atTerminal("child-driver", "$DRIVER sh -c 'sleep 60 & echo ready; sleep 60'");
    await until(() => terminal.shown.includes("ready"));
    terminal.hangUp();
    await until(() => family.members().length === 0);
  });

  test("nobody is left when whoever started it is killed", async ({ family }) => {
    const line = `$DRIVER sh -c 'trap "" TERM HUP; echo ready; while :; do sleep 0.2; done'`;
    const terminal = family.atTerminal("child-driver", `echo "pid $$"; exec ${line}`);
    await until(() => terminal.shown.includes("ready"));
    process.kill(Number(/pid (\d+)/.exec(terminal.shown)?.[1]), "SIGKILL");
    expect(await terminal.status).toBe(137);
    await until(() => family.members().length === 0);
  });

  test("stop ends all that it has started", async ({ family }) => {
    const line = `sh -c 'trap "" TERM; sh -c "sleep 60; true" & echo ready; sleep 60; sleep 60'`;
    const terminal = family.atTerminal("child-driver", `STOP_AFTER_MS=500 $DRIVER ${line}`);
    expect(await terminal.status).toBe(137);
    expect(family.members()).toEqual([]);
  });
});
