/**
 * A hook `proc-receive` (githooks) as of a server that makes a review of whatever is pushed: it says that it took the refs, and that others were made of them.
 * Owns that protocol; a program of its own, since git runs it.
 */
import { readSync, writeSync } from "node:fs";

function read(length) {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const got = readSync(0, bytes, at, length - at, null);
    if (got === 0) process.exit(0);
    at += got;
  }
  return bytes.toString();
}

/** Until the flush. */
function packets() {
  const all = [];
  for (;;) {
    const length = Number.parseInt(read(4), 16);
    if (length === 0) return all;
    all.push(read(length - 4).trim());
  }
}

function write(...lines) {
  for (const line of lines) writeSync(1, (line.length + 4).toString(16).padStart(4, "0") + line);
  writeSync(1, "0000");
}

packets();
write("version=1\0atomic");
const refs = packets().map((command) => command.split(" ")[2]);
write(...refs.flatMap((ref) => [`ok ${ref}`, `option refname refs/pull/1/head`]));
