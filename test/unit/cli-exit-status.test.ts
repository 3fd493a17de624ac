import { expect, test } from "vitest";
import { BROKEN_PIPE_STATUS, exitStatusOf, STATUSES } from "../../src/cli/exit-status.ts";
import { type ErrorKind, LockError } from "../../src/lock/errors.ts";

const none = { conflict: 75, signal: null };

test.each<[ErrorKind, number]>([
  ["usage", 64],
  ["foreign", 65],
  ["unreachable", 69],
  ["throttled", 69],
  ["bug", 70],
  ["not-acquired", 75],
  ["lost", 76],
  ["not-held", 76],
  ["denied", 77],
  ["refused", 77],
])("%s ends with %i, which the help knows", (kind, status) => {
  expect(exitStatusOf(new LockError(kind, "x"), none)).toBe(status);
  expect(STATUSES.map(([documented]) => documented)).toContain(status);
});

test("what was not thrown on purpose is a bug", () => {
  expect(exitStatusOf(new TypeError("x"), none)).toBe(70);
  expect(exitStatusOf("x", none)).toBe(70);
});

test("-E changes one status and no other", () => {
  expect(exitStatusOf(new LockError("not-acquired", "x"), { conflict: 9, signal: null })).toBe(9);
  expect(exitStatusOf(new LockError("lost", "x"), { conflict: 9, signal: null })).toBe(76);
});

test.each([
  [1, 129],
  [2, 130],
  [15, 143],
])("cancelled by signal %i ends with %i", (signal, status) => {
  expect(exitStatusOf(new LockError("cancelled", "x"), { conflict: 75, signal })).toBe(status);
});

test("a broken pipe ends as SIGPIPE does", () => {
  expect(BROKEN_PIPE_STATUS).toBe(141);
});
