/**
 * Where the commands of a page are run: the shipped command line, a lock in a bare repository, and stand-ins for all other programs.
 * Owns how a block becomes a file or a call, and the diary of what ran when; must not know what a page promises.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test as base, expect } from "vitest";
import { type Desk, openDesk, type Said } from "../cli/desk.ts";
import type { Block, Page } from "../unit/readme-text.ts";

/** What begins so is a file, whose name stands in its second line: `# name: what it is`. */
const SCRIPT = /^#!\/bin\/sh\n# ([\w-]+)/;

/** What pages call the repository of their locks: here it is the one that is there. */
const ADDRESSES = [
  "git@github.com:octo/archive.git",
  "git@github.com:octo/release-locks.git",
  "git@git.example:team/locks.git",
  "https://git.example/team/locks.git",
];

export interface Event {
  readonly what: "begin" | "end";
  readonly name: string;
  /** With its arguments. */
  readonly call: string;
  /** Of the process, so that two calls of one kind can be told apart. */
  readonly pid: string;
}

export interface Kitchen {
  readonly desk: Desk;
  /** Puts every script among the blocks on the PATH, and gives the others, in their order. */
  prepare(blocks: readonly Block[]): string[];
  /** Programs that note when they begin and end. What `body` prints is theirs. */
  standIn(body: string, ...names: string[]): void;
  /** A program, as it is. */
  program(name: string, text: string): void;
  type(commands: string): Promise<Said>;
  diary(): Event[];
  /** Until the diary has it. */
  sees(what: Event["what"], name: string): Promise<void>;
  path(name: string): string;
  isHeld(): Promise<boolean>;
}

/** Those that somebody is to type, or has in a file. */
export function commandsOf(page: Page): Block[] {
  return page.blocks.filter(({ language }) => ["sh", "crontab"].includes(language));
}

export const test = base.extend("kitchen", async ({ task: _ }, { onCleanup }): Promise<Kitchen> => {
  const desk = await openDesk();
  onCleanup(() => desk.close());
  return open(desk);
});

function open(desk: Desk): Kitchen {
  const server = dirname(desk.locks.path);
  const path = (name: string) => join(desk.folder, name);
  const book = path("diary");
  const here = (text: string) => text.replaceAll(/(?<![\w.:])\/srv\//g, `${server}/`);
  const program: Kitchen["program"] = (name, text) =>
    writeFileSync(path(`bin/${name}`), text, { mode: 0o755 });
  const diary: Kitchen["diary"] = () => (existsSync(book) ? eventsOf(readFileSync(book, "utf8")) : []);
  const addresses = ADDRESSES.map((address) => `\tinsteadOf = ${address}\n`).join("");
  appendFileSync(join(desk.env.HOME ?? "", ".gitconfig"), `[url "${desk.locks.path}"]\n${addresses}`);
  return {
    ...{ desk, path, program, diary },
    prepare(blocks) {
      const rest: string[] = [];
      for (const { text } of blocks) {
        const name = SCRIPT.exec(text)?.[1];
        if (name === undefined) rest.push(here(text));
        else program(name, here(text));
      }
      return rest;
    },
    standIn(body, ...names) {
      for (const name of names) {
        const note = (what: string) => `echo "${what} $$ ${name} $*" >> '${book}'`;
        program(name, `#!/bin/sh\n${note("begin")}\n${body}\n${note("end")}\n`);
      }
    },
    type: (commands) => desk.shell(commands),
    async sees(what, name) {
      const isThere = () => diary().some((event) => event.what === what && event.name === name);
      while (!isThere()) await sleep(20);
    },
    isHeld: async () => (await desk.refs()).some((ref) => ref.includes("/holder/")),
  };
}

function eventsOf(text: string): Event[] {
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [what, pid = "", name = "", ...words] = line.split(" ");
      return { what: what === "end" ? "end" : "begin", pid, name, call: [name, ...words].join(" ").trim() };
    });
}

/** The calls in the order in which they began; throws where two of those meant were at work at once. */
export function oneByOne(
  events: readonly Event[],
  isMeant: (name: string) => boolean = () => true,
): string[] {
  const calls: string[] = [];
  let inside: Event | null = null;
  for (const event of events.filter(({ name }) => isMeant(name))) {
    if (event.what === "begin") {
      if (inside !== null) throw new Error(`${event.call} began while ${inside.call} was at work`);
      inside = event;
      calls.push(event.call);
    } else inside = null;
  }
  return calls;
}

export function expectDone({ code, out, err }: Said): void {
  expect(code, out + err).toBe(0);
}

/** Without what is only there for cron: settings, and times. */
export function crontabCommands(text: string): string[] {
  return text
    .trim()
    .split("\n")
    .filter((line) => !/^[A-Z]+=/.test(line))
    .map((line) => {
      const command = /^(?:[\d*/,-]+\s+){5}(.+)$/.exec(line)?.[1];
      if (command === undefined) throw new Error(`no line of a crontab: ${line}`);
      return command;
    });
}

/** Hands on what it is told to, as sudo does, and nothing else. */
export const SUDO = `#!/bin/bash
case $1 in --preserve-env=*) ;; *) exit 64 ;; esac
IFS=, read -ra names <<< "\${1#--preserve-env=}"
shift
kept=(PATH="$PATH" HOME="$HOME")
for name in "\${names[@]}"; do kept+=("$name=\${!name}"); done
exec env -i "\${kept[@]}" "$@"
`;
