/**
 * Owns a small process of its own that runs git for a large one. To start a process is to copy the one that starts it:
 * for a test worker of some hundred megabytes, that takes several times as long as what git then does. Knows nothing
 * of what is run, nor why.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

/** What it is told. Every git has a number, which whoever orders it gives. */
export interface Order {
  readonly id: number;
  readonly start?: {
    readonly dir: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
  readonly input?: string | Buffer;
  /** Nothing more will be written. */
  readonly end?: boolean;
}

/** What it tells. */
export interface News {
  readonly id: number;
  readonly stdout?: Buffer;
  readonly stderr?: Buffer;
  /** It could not be started. */
  readonly failure?: string;
  /** It has ended, and all of its output has been told. */
  readonly code?: number;
}

const running = new Map<number, ChildProcessWithoutNullStreams>();
const tell = (news: News): void => void process.send?.(news);

function start(id: number, { dir, args, env }: NonNullable<Order["start"]>): void {
  const child = spawn("git", [...args], { cwd: dir, env });
  running.set(id, child);
  // A git that ends before it has read all its input is told by its exit status, not by EPIPE here.
  child.stdin.on("error", () => {});
  child.stdout.on("data", (stdout: Buffer) => tell({ id, stdout }));
  child.stderr.on("data", (stderr: Buffer) => tell({ id, stderr }));
  child.on("error", ({ message }) => tell({ id, failure: message }));
  child.on("close", (code) => {
    running.delete(id);
    tell({ id, code: code ?? -1 });
  });
}

function carryOut({ id, start: wanted, input, end }: Order): void {
  if (wanted) start(id, wanted);
  const stdin = running.get(id)?.stdin;
  if (input !== undefined) stdin?.write(input);
  if (end) stdin?.end();
}

process.on("message", (order: Order) => {
  try {
    carryOut(order);
  } catch (error) {
    // Such as an argument with a zero byte.
    tell({ id: order.id, failure: String(error), code: -1 });
  }
});
// Whoever gave the orders is gone, in whatever way. Until then a signal to all of a terminal's processes is not meant
// for this one: who is told to stop may need git for that.
process.on("disconnect", () => process.exit());
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
