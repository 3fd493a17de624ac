import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  visible
} from "./chunk-MQRMJMN2.js";
import {
  LockError
} from "./chunk-VU7GLJQV.js";

// src/cli/terminal.ts
var CODES = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 };
var BrokenPipe = class extends Error {
};
function openTerminal({ quiet = false, verbose = false }, streams = process) {
  const { stdout, stderr, env } = streams;
  const paints = { out: hasColours(stdout, env), err: hasColours(stderr, env) };
  const tell = (text, colour) => {
    const line = visible(text);
    stderr.write(`reflock: ${colour === null || !paints.err ? line : painted(colour, line)}
`);
  };
  return {
    isInteractive: stderr.isTTY === true,
    isVerbose: verbose,
    print: (...lines) => new Promise((resolve, reject) => {
      const text = lines.map((line) => `${line}
`).join("");
      stdout.write(text, (error) => error ? reject(writeFailure(error)) : resolve());
    }),
    say: (text) => {
      if (!quiet) tell(text, null);
    },
    warn: (text) => tell(text, "yellow"),
    fail: (text) => tell(text, "red"),
    detail: (text) => {
      if (verbose) tell(text, "dim");
    },
    paint: (colour, text) => paints.out ? painted(colour, text) : text
  };
}
function painted(colour, text) {
  return `\x1B[${CODES[colour]}m${text}\x1B[0m`;
}
function hasColours(stream, env) {
  const { FORCE_COLOR: force, NO_COLOR: none } = env;
  if (force !== void 0 && force !== "") return force !== "0" && force !== "false";
  if (none !== void 0 && none !== "") return false;
  return stream.isTTY === true && env.TERM !== "dumb";
}
function writeFailure(error) {
  const code = "code" in error ? String(error.code) : error.message;
  return code === "EPIPE" ? new BrokenPipe("Nobody reads the output.") : new LockError("unreachable", `The result could not be written: ${code}.`, { cause: error });
}
function ignoreBrokenStreams({ stdout, stderr } = process) {
  stdout.on("error", () => {
  });
  stderr.on("error", () => {
  });
}
function leave(status) {
  process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
}

export {
  BrokenPipe,
  openTerminal,
  hasColours,
  ignoreBrokenStreams,
  leave
};
