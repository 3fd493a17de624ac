/**
 * Where the demo is seen: a picture that is redrawn in place at a terminal, plain lines anywhere else.
 * Owns the terminal's state and gives it back. Must not know what is shown.
 */
import type { WriteStream } from "node:tty";
import { coloured, type Paint, plain } from "./timeline.ts";

export interface Screen {
  readonly paint: Paint;
  readonly columns: number;
  /** Whether `frame` may be used. */
  readonly redraws: boolean;
  line(text: string): void;
  frame(lines: readonly string[]): void;
  /** Leaves the last frame where it is. Lines may follow. */
  release(): void;
  /** Nothing is shown after this, whatever still runs. */
  close(): void;
}

/** A line that wraps, or a picture that is taller than the screen, can't be redrawn in place. */
const MIN_COLUMNS = 80;
const MIN_ROWS = 16;

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

export function openScreen(stream: WriteStream, env: NodeJS.ProcessEnv): Screen {
  const redraws = stream.isTTY === true && stream.columns >= MIN_COLUMNS && stream.rows >= MIN_ROWS;
  let drawn = 0;
  let closed = false;
  const release = (): void => {
    if (drawn > 0) stream.write(SHOW_CURSOR);
    drawn = 0;
  };
  return {
    redraws,
    paint: stream.isTTY && (env.NO_COLOR ?? "") === "" ? coloured : plain,
    get columns() {
      // One is left free: after a line that fills the screen, clearing its rest would clear its last sign.
      return redraws ? stream.columns - 1 : 100;
    },
    line: (text) => {
      if (closed) return;
      release();
      stream.write(`${text}\n`);
    },
    frame: (lines) => {
      if (closed) return;
      const up = drawn === 0 ? HIDE_CURSOR : `\u001b[${drawn}A\r`;
      // Each line is cleared as it is written anew: clearing the whole picture first would flicker.
      stream.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
      drawn = lines.length;
    },
    release,
    close: () => {
      release();
      closed = true;
    },
  };
}
