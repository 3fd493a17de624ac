/**
 * Objects that are in packs, read through one git that stays open. Owns its protocol (`git cat-file --batch`); must not know what is in the objects.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { LockError } from "../lock/errors.ts";
import type { Oid } from "../lock/refs.ts";
import type { GitObject } from "./commit.ts";
import { openGit } from "./process.ts";

/** A record of ours is some kilobytes; of what is larger only the type is of interest. */
const SIZE_LIMIT = 4 * 1024 * 1024;

interface Asked {
  /** Ends the git that does not answer. While it runs, the process stays alive for the answer: the git itself would not keep it. */
  readonly timer: NodeJS.Timeout;
  readonly resolve: (object: GitObject | null) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchReader {
  /** `null` where there is no such object. The git behind it is started with the first question. */
  read(oid: Oid): Promise<GitObject | null>;
  close(): void;
}

export function openBatchReader(
  run: { readonly cwd: string; readonly gitDir: string },
  timeoutMs: number,
): BatchReader {
  let child: ChildProcessWithoutNullStreams | null = null;
  const asked: Asked[] = [];

  const open = () => {
    const opened = openGit(["cat-file", "--batch"], run);
    let received: Buffer = Buffer.alloc(0);
    opened.stdout.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let answer = firstAnswer(received); answer !== null; answer = firstAnswer(received)) {
        received = received.subarray(answer.length);
        const one = asked.shift();
        clearTimeout(one?.timer);
        one?.resolve(answer.object);
      }
      if (received.length > SIZE_LIMIT) opened.kill();
    });
    const end = (cause?: unknown) => {
      if (child === opened) child = null;
      const error = new LockError("unreachable", "git was ended while it read an object", { cause });
      for (const one of asked.splice(0)) {
        clearTimeout(one.timer);
        one.reject(error);
      }
    };
    opened.on("error", end);
    opened.on("close", () => end());
    return opened;
  };

  return {
    read(oid) {
      child ??= open();
      const opened = child;
      return new Promise((resolve, reject) => {
        asked.push({ timer: setTimeout(() => opened.kill(), timeoutMs), resolve, reject });
        opened.stdin.write(`${oid}\n`);
      });
    },
    close: () => void child?.kill(),
  };
}

/** `<oid> <type> <size>\n<content>\n`, or `<oid> missing\n`; `null` where it is not all there yet. */
function firstAnswer(
  received: Buffer,
): { readonly object: GitObject | null; readonly length: number } | null {
  const end = received.indexOf(10);
  if (end < 0) return null;
  const [, type = "", size] = received.subarray(0, end).toString().split(" ");
  if (size === undefined) return { object: null, length: end + 1 };
  const after = end + 1 + Number(size);
  if (received.length < after + 1) return null;
  return { object: { type, content: Buffer.from(received.subarray(end + 1, after)) }, length: after + 1 };
}
