/**
 * Owns a git process that stays open and answers one line after the other: starting one for each question costs
 * more than all else that a test does. Knows nothing of what is asked.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawnGit } from "./git.ts";

export interface OpenGit<Answer> {
  /** Rejects when git ends before it has answered. */
  ask(line: string): Promise<Answer>;
  close(): void;
}

/** The first answer in what was received, and how long it is; null: it is not complete yet. */
export type TakeAnswer<Answer> = (received: Buffer) => { answer: Answer; bytes: number } | null;

interface Asked<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** git starts at the first question, and anew where it has ended. */
export function openGit<Answer>(
  dir: string,
  args: readonly string[],
  take: TakeAnswer<Answer>,
): OpenGit<Answer> {
  let child: ChildProcessWithoutNullStreams | null = null;
  let asked: Asked<Answer>[] = [];

  function start(): ChildProcessWithoutNullStreams {
    const started = spawnGit(dir, args);
    const waiting: Asked<Answer>[] = [];
    asked = waiting;
    let received: Buffer = Buffer.alloc(0);
    let said = "";
    started.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    started.stdout.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      for (let taken = take(received); taken !== null; taken = take(received)) {
        received = received.subarray(taken.bytes);
        waiting.shift()?.resolve(taken.answer);
      }
    });
    started.on("close", () => {
      if (child === started) child = null;
      for (const one of waiting.splice(0))
        one.reject(new Error(`git ${args.join(" ")} ended in ${dir}: ${said}`));
    });
    started.on("error", () => {});
    return started;
  }

  return {
    ask(line) {
      child ??= start();
      const { stdin } = child;
      return new Promise((resolve, reject) => {
        asked.push({ resolve, reject });
        stdin.write(`${line}\n`);
      });
    },
    close: () => void child?.kill(),
  };
}
