/**
 * The signals that `run` gets, and what they mean at each stage: before the command a reason to stop, then the command's, then a reason to hurry.
 * Owns which one decides the exit status; must not know what is stopped.
 */
import { constants } from "node:os";
import { statusOfSignal } from "./exit-status.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** For the command alone, from batch systems and log rotation. Before there is one they mean nothing; unheard they would end us, and leave the lock. */
const OTHERS = ["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU", "SIGWINCH", "SIGCONT"] as const;

export interface Signals extends Disposable {
  /** Aborted by the first signal that no command gets. */
  readonly stopped: AbortSignal;
  /** 128 + the number of that signal; `null` while there was none. */
  status(): number | null;
  /** From here on signals go to the command. @param suspended what to do where it should be stopped with Ctrl-Z */
  passTo(pass: (signal: NodeJS.Signals) => void, suspended: () => void): void;
  /** The command has ended. */
  passNoMore(): void;
  /** Resolves when a signal has come for the second time: whoever sends it has no patience left. */
  readonly insisted: Promise<void>;
}

export function catchSignals(): Signals {
  const stopping = new AbortController();
  const insistence = Promise.withResolvers<void>();
  const counts = new Map<NodeJS.Signals, number>();
  let pass: ((signal: NodeJS.Signals) => void) | null = null;
  let first: NodeJS.Signals | null = null;
  let suspend: (() => void) | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    if (pass !== null) return pass(signal);
    first ??= signal;
    counts.set(signal, (counts.get(signal) ?? 0) + 1);
    stopping.abort();
    if (counts.get(signal) === 2) insistence.resolve();
  };
  const passNoMore = () => {
    pass = null;
    if (suspend !== null) process.off("SIGTSTP", suspend);
    suspend = null;
  };
  const others = process.platform === "win32" ? [] : OTHERS;
  const onOther = (signal: NodeJS.Signals) => pass?.(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  for (const signal of others) process.on(signal, onOther);
  return {
    stopped: stopping.signal,
    insisted: insistence.promise,
    status: () => (first === null ? null : statusOfSignal(constants.signals[first])),
    passNoMore,
    passTo(to, suspended) {
      pass = to;
      suspend = suspended;
      // Only while there is something to keep alive: a `run` that waits may be stopped like anything else.
      process.on("SIGTSTP", suspended);
      // It came while the command was being started, and was meant for it.
      if (first !== null) to(first);
    },
    [Symbol.dispose]() {
      passNoMore();
      for (const signal of SIGNALS) process.off(signal, onSignal);
      for (const signal of others) process.off(signal, onOther);
    },
  };
}
