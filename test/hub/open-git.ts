/**
 * Owns a git process that stays open and answers one question after the other: starting one for each question costs
 * more than all else that a test does. Knows nothing of what is asked.
 */
import { startGit } from "./git.ts";

export interface OpenGit<Answer> {
  /** Of one line or of several. */
  ask(question: string): Promise<Answer>;
  /** What was asked before is still answered. */
  close(): void;
}

/** The first answer in what was received, and how long it is; null: it is not complete yet. */
export type TakeAnswer<Answer> = (received: Buffer) => { answer: Answer; bytes: number } | null;

interface Asked<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

interface Running<Answer> {
  readonly write: ReturnType<typeof startGit>;
  readonly waiting: Asked<Answer>[];
  unsent: string;
}

/**
 * git starts at the first question, and anew where it has ended.
 * @param ended what it answers by ending, from what it has said; without this, to end is to fail
 */
export function openGit<Answer>(
  dir: string,
  args: readonly string[],
  take: TakeAnswer<Answer>,
  ended?: (said: string) => Answer,
): OpenGit<Answer> {
  let running: Running<Answer> | null = null;
  let isClosed = false;

  function start(): Running<Answer> {
    const waiting: Asked<Answer>[] = [];
    let received: Buffer = Buffer.alloc(0);
    let said = "";
    const hear = (stdout: Buffer): void => {
      received = received.length === 0 ? stdout : Buffer.concat([received, stdout]);
      for (let taken = take(received); taken !== null; taken = take(received)) {
        received = received.subarray(taken.bytes);
        waiting.shift()?.resolve(taken.answer);
        said = "";
      }
    };
    const write = startGit(dir, args, {}, ({ stdout, stderr, failure, code }) => {
      if (stdout) hear(stdout);
      said += stderr?.toString() ?? failure ?? "";
      if (code === undefined) return;
      if (running?.write === write) running = null;
      for (const one of waiting.splice(0)) {
        if (ended) one.resolve(ended(said));
        else one.reject(new Error(`git ${args.join(" ")} ended in ${dir}: ${said}`));
      }
    });
    return { write, waiting, unsent: "" };
  }

  /** What is asked in one go is sent in one go. */
  function send(to: Running<Answer>, question: string): void {
    if (to.unsent === "") {
      queueMicrotask(() => {
        to.write({ input: to.unsent });
        to.unsent = "";
      });
    }
    to.unsent += `${question}\n`;
  }

  return {
    ask(question) {
      if (isClosed) return Promise.reject(new Error(`git ${args.join(" ")} is closed in ${dir}`));
      running ??= start();
      const asked = running;
      return new Promise((resolve, reject) => {
        asked.waiting.push({ resolve, reject });
        send(asked, question);
      });
    },
    close() {
      isClosed = true;
      const last = running;
      queueMicrotask(() => last?.write({ end: true }));
    },
  };
}
