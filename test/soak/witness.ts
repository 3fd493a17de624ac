/**
 * Who works under a lock, as those say who do: every guarded section says on a connection of its own when it begins and ends, and asks in between for each
 * thing that it does. The witness is also the guarded target: it refuses whoever comes with a lower fencing token than it has seen.
 * Owns sections and their times, all by one clock. Must not know what made a section possible, nor ask the code under test.
 */
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** One hold under which a section works. */
export interface Under {
  readonly name: string;
  readonly nonce: string;
  readonly token: number;
  /** `null` where the log did not tell at once. */
  slot: number | null;
}

export interface Section {
  readonly id: number;
  readonly call: number;
  readonly under: readonly Under[];
  readonly beganMs: number;
  endedMs: number | null;
  /** How many things it did, and whether one was refused. */
  writes: number;
  isFenced: boolean;
  /** What it was told to exit with, where it has said that it does so; `null` where it was ended. */
  code: number | null;
}

export interface Witness {
  readonly port: number;
  readonly sections: readonly Section[];
  /** For whoever works in this process. */
  open(
    call: number,
    under: readonly Under[],
  ): Promise<{ readonly section: Section; write(): boolean; end(): void }>;
  /** The section of a call goes on until then. */
  extend(call: number, untilMs: number): void;
  sectionOf(call: number): Section | undefined;
  close(): Promise<void>;
}

export interface WitnessOptions {
  /** How long a call's section lasts, and how it ends. */
  readonly plan: (call: number) => { readonly workMs: number; readonly code: number };
  readonly slotOf: (name: string, nonce: string) => Promise<number | null>;
}

const WRITE_EVERY_MS = 120;
/** The end of a process that was killed is noticed so much later, at the most, than the beginning of what came after it. */
export const NOTICE_MS = 80;
/** What a section ends with whose writes are refused. */
export const FENCED = 9;
export const WITNESS_GONE = 91;

/** A guarded command that does as the witness says. It starts nothing, so that its end is the end of its section. */
export const SECTION = `exec 3<>"/dev/tcp/127.0.0.1/$SOAK_WITNESS" || exit 90
echo "begin $SOAK_CALL|$REFLOCK_NAME|$REFLOCK_CLAIM|$REFLOCK_TOKEN" >&3
while read -r word code <&3; do
  case $word in
    write) echo "write $REFLOCK_TOKEN" >&3 ;;
    end) echo end >&3; read -r bye <&3; exit "$code" ;;
  esac
done
exit ${WITNESS_GONE}`;

export const registerOf = ({ name, slot }: Pick<Under, "name" | "slot">) => `${name}#${slot}`;

interface Records {
  readonly sections: Section[];
  readonly latest: Map<number, Section>;
  /** The highest token that each slot's target has seen. */
  readonly highest: Map<string, number>;
  readonly untilMs: Map<number, number>;
  readonly options: WitnessOptions;
}

export async function openWitness(options: WitnessOptions): Promise<Witness> {
  const records: Records = {
    ...{ sections: [], latest: new Map(), highest: new Map(), untilMs: new Map() },
    options,
  };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    attend(socket, records);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    sections: records.sections,
    port: typeof address === "object" && address !== null ? address.port : 0,
    async open(call, under) {
      const section = await begin(records, call, under);
      return {
        section,
        write: () => admit(records, section),
        end: () => end(section, 0),
      };
    },
    extend: (call, ms) => records.untilMs.set(call, ms),
    sectionOf: (call) => records.latest.get(call),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function begin(
  { sections, latest, options }: Records,
  call: number,
  under: readonly Under[],
): Promise<Section> {
  const section: Section = {
    ...{ id: sections.length, call, under, beganMs: performance.now(), endedMs: null },
    ...{ writes: 0, isFenced: false, code: null },
  };
  sections.push(section);
  latest.set(call, section);
  for (const one of under) one.slot ??= await options.slotOf(one.name, one.nonce);
  return section;
}

/** @returns whether the target lets it do what it is about to do */
function admit({ highest }: Records, section: Section): boolean {
  const registers = section.under.filter(({ slot }) => slot !== null);
  if (registers.some((one) => one.token < (highest.get(registerOf(one)) ?? 0))) {
    section.isFenced = true;
    return false;
  }
  for (const one of registers) highest.set(registerOf(one), one.token);
  section.writes++;
  return true;
}

function end(section: Section, code: number | null): void {
  if (section.endedMs !== null) return;
  section.endedMs = performance.now();
  section.code = code;
}

/** One guarded command, from its first word to its last, or to its death. */
function attend(socket: Socket, records: Records): void {
  let section: Section | null = null;
  let ending: number | null = null;
  const say = (words: string) => void (socket.writable && socket.write(`${words}\n`));
  const finish = (code: number) => {
    ending = code;
    say(`end ${code}`);
  };
  const goOn = ({ beganMs, call }: Section) => {
    const { workMs, code } = records.options.plan(call);
    const leftMs = Math.max(beganMs + workMs, records.untilMs.get(call) ?? 0) - performance.now();
    if (leftMs <= 0) finish(code);
    else setTimeout(() => say("write"), Math.max(1, Math.min(WRITE_EVERY_MS, leftMs)));
  };
  const hear = async (line: string) => {
    const [word = "", ...rest] = line.split(" ");
    const heard = word === "begin" ? parseBegin(rest.join(" ")) : null;
    if (heard !== null) section = await begin(records, heard.call, heard.under);
    if (section === null || socket.destroyed) return leave();
    if (word === "end") {
      end(section, ending);
      say("bye");
    } else if (!admit(records, section)) finish(FENCED);
    else goOn(section);
  };
  const leave = () => {
    socket.destroy();
    if (section !== null) end(section, null);
  };
  createInterface({ input: socket })
    .on("line", (line) => void hear(line))
    .on("error", () => {});
  socket.on("error", () => {}).on("close", leave);
}

/** `7|publish deploy|<nonce> <nonce>|12 40`, as the guarded command finds it in its environment. */
function parseBegin(text: string): { readonly call: number; readonly under: Under[] } | null {
  const [call, names, nonces, tokens] = text.split("|").map((part) => part.split(" "));
  if (call?.[0] === undefined || names === undefined || nonces === undefined || tokens === undefined)
    return null;
  const under = names.flatMap((name, at): Under[] => {
    const [nonce, token] = [nonces[at], Number(tokens[at])];
    return nonce === undefined || !Number.isInteger(token) ? [] : [{ name, nonce, token, slot: null }];
  });
  return under.length === 0 ? null : { call: Number(call[0]), under };
}
