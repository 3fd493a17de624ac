/**
 * The server's side of the measuring process: starts hub-process.ts and asks it. Owns the calls and their shapes.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

type Question =
  | { readonly kind: "address" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "token"; readonly label: string }
  | { readonly kind: "run"; readonly runId: number; readonly jobId: number }
  | { readonly kind: "requests"; readonly from: number }
  | { readonly kind: "tip"; readonly ref: string };

export type Call = Question & { readonly id: number };

export interface Reply {
  readonly id: number;
  readonly result: Address | Noted[] | string | null;
}

export interface Address {
  readonly url: string;
  readonly fullName: string;
  readonly nodeId: string;
}

/** A request as the server saw it. All times are of the wall clock, in milliseconds. */
export interface Noted {
  readonly id: number;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly body: string | null;
  /** The first root field of a GraphQL request. */
  readonly operation: string | null;
  readonly status: number;
  /** Whether it used up some of the rate limit. */
  readonly counted: boolean;
  readonly tokenName: string | null;
  readonly startMs: number;
  /** When its work was done; the answer was still to be sent. */
  readonly doneMs: number;
  readonly endMs: number;
}

export interface RemoteHub extends Address {
  /** Latency of each request. */
  setDelay(ms: number): Promise<void>;
  addToken(label: string): Promise<string>;
  /** A workflow run with a job, both in progress. */
  addRun(runId: number, jobId: number): Promise<void>;
  /** The requests with a number above `from`. */
  requests(from?: number): Promise<Noted[]>;
  tip(ref: string): Promise<string | null>;
  close(): Promise<void>;
}

export async function forkHub(): Promise<RemoteHub> {
  const child = fork(fileURLToPath(new URL("hub-process.ts", import.meta.url)));
  const waiting = new Map<number, (result: Reply["result"]) => void>();
  const closed = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.on("message", ({ id, result }: Reply) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await Promise.race([
    new Promise((resolve) => waiting.set(0, resolve)),
    closed.then(() => {
      throw new Error("the server did not start");
    }),
  ]);
  let calls = 0;
  const ask = <Result extends Reply["result"]>(question: Question): Promise<Result> => {
    const id = ++calls;
    return new Promise((resolve) => {
      waiting.set(id, (result) => resolve(result as Result));
      child.send({ ...question, id });
    });
  };
  return {
    ...(await ask<Address>({ kind: "address" })),
    setDelay: async (ms) => void (await ask({ kind: "delay", ms })),
    addToken: (label) => ask<string>({ kind: "token", label }),
    addRun: async (runId, jobId) => void (await ask({ kind: "run", runId, jobId })),
    requests: (from = 0) => ask<Noted[]>({ kind: "requests", from }),
    tip: (ref) => ask<string | null>({ kind: "tip", ref }),
    close: async () => {
      child.disconnect();
      await closed;
    },
  };
}
