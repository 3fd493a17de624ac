/**
 * A `git` before the real one on the PATH, which counts what is run, and which can be told to die before its work or after it.
 * Owns the PATH while it is there; must not know who runs git.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface Shim {
  /** The next git dies before it has done anything, or when it has done all and before it has said so. */
  lose(what: "request" | "answer"): void;
  /** Whether what was to be lost is still to come. */
  isWaiting(): boolean;
  /** The arguments of every git since the last call, as one line each. */
  ran(): string[];
  remove(): void;
}

export function installShim(): Shim {
  const folder = mkdtempSync(join(tmpdir(), "reflock-shim-"));
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const [path, bin] = [process.env.PATH ?? "", join(folder, "bin")];
  const at = (name: string) => join(folder, name);
  mkdirSync(bin);
  writeFileSync(
    join(bin, "git"),
    `#!/bin/sh
line=
for word; do line="$line$word "; done
printf '%s\\n' "$line" >>'${at("ran")}'
# What the git that receives a push says first is no answer yet: without it nothing is asked.
advertisement() {
  while length=$(head -c 4) && [ -n "$length" ]; do
    printf %s "$length"
    if [ "$length" = 0000 ]; then break; fi
    head -c $((0x$length - 4))
  done
  cat >/dev/null
}
if [ -e '${at("request")}' ] && mv '${at("request")}' '${at("lost")}' 2>/dev/null; then kill -KILL $$; fi
if [ -e '${at("answer")}' ] && mv '${at("answer")}' '${at("lost")}' 2>/dev/null; then
  case "$line" in
    "receive-pack "*) '${real}' "$@" 2>/dev/null | advertisement ;;
    *) '${real}' "$@" >/dev/null 2>&1 ;;
  esac
  kill -KILL $$
fi
exec '${real}' "$@"
`,
  );
  chmodSync(join(bin, "git"), 0o755);
  process.env.PATH = `${bin}${delimiter}${path}`;
  return {
    lose: (what) => writeFileSync(at(what), ""),
    isWaiting: () => existsSync(at("request")) || existsSync(at("answer")),
    ran() {
      const text = existsSync(at("ran")) ? readFileSync(at("ran"), "utf8") : "";
      rmSync(at("ran"), { force: true });
      return text.split("\n").filter((line) => line !== "");
    },
    remove() {
      process.env.PATH = path;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
