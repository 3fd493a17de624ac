import { describe, expect, test } from "vitest";
import { createStepLog, mask, parseCommand } from "../runner/commands.ts";
import { parsePairs } from "../runner/file-commands.ts";
import { createLineSplitter } from "../runner/process.ts";

describe("workflow commands", () => {
  test.each([
    ["::error::text", "error", {}, "text"],
    ["  ::error::text", "error", {}, "text"],
    ["::ERROR::text", "ERROR", {}, "text"],
    ["::error file=a.ts,line=1::b", "error", { file: "a.ts", line: "1" }, "b"],
    ["::error title=a%2Cb%3A%25::%0Ac%25", "error", { title: "a,b:%" }, "\nc%"],
    ["::notice::a%250Ab", "notice", {}, "a%0Ab"],
    ["::set-output name=a,,x=::b::c", "set-output", { name: "a" }, "b::c"],
    ["##[group]x", "group", {}, "x"],
    ["text ##[set-output name=a;b=%3B%5D]c", "set-output", { name: "a", b: ";]" }, "c"],
    ["::nothing::##[error]x", "error", {}, "x"],
  ])("%s", (line, command, properties, data) => {
    expect(parseCommand(line)).toMatchObject({ command, properties, data, line });
  });

  test.each([
    "",
    "text",
    "text ::error::x",
    "::error",
    "::nothing::x",
    "##[nothing]x",
    "##[error x",
    "# #[error]x",
    "::",
    "::::",
  ])("text: %s", (line) => {
    expect(parseCommand(line)).toBeNull();
  });
});

describe("a log", () => {
  const open = (debug = false) => createStepLog({ masks: new Set(), debug, onLine: () => {} });

  test("shows commands as the runner does", () => {
    const log = open();
    for (const line of [
      "a",
      "::warning::b",
      "::debug::c",
      "::group::d",
      "::endgroup::",
      "::add-mask::secret",
    ]) {
      log.feed(line);
    }
    log.error("of the runner's own: secret");
    expect(log.lines).toEqual([
      "a",
      "##[warning]b",
      "##[group]d",
      "##[endgroup]",
      "##[error]of the runner's own: ***",
    ]);
  });

  test("shows debug where it is asked for", () => {
    const log = open(true);
    log.feed("::debug::c");
    expect(log.lines).toEqual(["##[debug]c"]);
  });

  test("obeys nothing between stop-commands and its token", () => {
    const log = open();
    for (const line of ["::stop-commands::t-1", "::error::text", "::set-output name=a::b", "::t-1::"])
      log.feed(line);
    log.feed("::set-output name=c::d");
    expect(log.outputs).toEqual({ c: "d" });
    expect(log.commands.map(({ command }) => command)).toEqual(["stop-commands", "set-output"]);
    expect(log.lines).toEqual(["::stop-commands::t-1", "::error::text", "::set-output name=a::b", "::t-1::"]);
  });

  test("a command without the name that it needs", () => {
    const log = open();
    log.feed("::set-output::x");
    expect(log.failures).toHaveLength(1);
  });

  test("an empty mask masks nothing", () => {
    const log = open();
    for (const line of ["::add-mask::", "::add-mask::  ", "a b"]) log.feed(line);
    expect(log.lines).toEqual(["a b"]);
  });

  test("masks the longer secret first", () => {
    expect(mask("abc ab", new Set(["ab", "abc"]))).toBe("*** ***");
  });
});

describe("file commands", () => {
  test.each([
    ["a=1\nb=2\n", { a: "1", b: "2" }, null],
    ["a=1", { a: "1" }, null],
    ["\n\na=\n", { a: "" }, null],
    ["a=1\na=2\n", { a: "2" }, null],
    ["a<<E\n1\nE\n", { a: "1" }, null],
    ["a<<E=F\n1\nE=F\n", { a: "1" }, null],
    ["a<<E\n\nE\nb=1\n", { a: "", b: "1" }, null],
    ["a<<E\nb=1\nc<<D\n E\nE", { a: "b=1\nc<<D\n E" }, null],
    ["a=1\r\n", { a: "1\r" }, null],
    ["a=1\nnothing\nb=2\n", { a: "1" }, "invalid format 'nothing'"],
    ["=1\n", {}, "invalid format '=1'"],
    ["a<<E\n1\n", {}, "matching delimiter not found 'E'"],
    ["a<<\n1\n\n", {}, "matching delimiter not found ''"],
  ])("%j", (text, values, failure) => {
    expect(parsePairs(text)).toEqual({ values, failure });
  });
});

test.each([
  [["a\nb\n"], ["a", "b"]],
  [
    ["a\r", "\nb"],
    ["a", "b"],
  ],
  [["a\rb\r"], ["a", "b"]],
  [
    ["a\r", "b"],
    ["a", "b"],
  ],
  [
    ["a", "b\n\n", "c"],
    ["ab", "", "c"],
  ],
  [
    ["a\r", "", "\nb\n"],
    ["a", "b"],
  ],
])("lines of %j", (chunks, lines) => {
  const seen: string[] = [];
  const splitter = createLineSplitter((line) => seen.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  expect(seen).toEqual(lines);
});
