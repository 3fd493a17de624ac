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
  /** What it was told to exit with, where it ended in good order. */
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

export async function openWitness({ plan, slotOf }: WitnessOptions): Promise<Witness> {
  const sections: Section[] = [];
  const highest = new Map<string, number>();
  const untilMs = new Map<number, number>();
  const latest = new Map<number, Section>();
  const sockets = new Set<Socket>();

  const admit = (section: Section): boolean => {
    const registers = section.under.filter(({ slot }) => slot !== null);
    if (registers.some((one) => one.token < (highest.get(registerOf(one)) ?? 0))) {
      section.isFenced = true;
      return false;
    }
    for (const one of registers) highest.set(registerOf(one), one.token);
    section.writes++;
    return true;
  };

  const begin = async (call: number, under: readonly Under[]): Promise<Section> => {
    const beganMs = performance.now();
    const section: Section = {
      ...{ id: sections.length, call, under, beganMs, endedMs: null },
      ...{ writes: 0, isFenced: false, code: null },
    };
    sections.push(section);
    latest.set(call, section);
    for (const one of under) one.slot ??= await slotOf(one.name, one.nonce);
    return section;
  };

  const end = (section: Section) => {
    section.endedMs ??= performance.now();
  };

  const serve = (socket: Socket) => {
    sockets.add(socket);
    let section: Section | null = null;
    let isEnding = false;
    const say = (words: string) => void (socket.writable && socket.write(`${words}\n`));
    const finish = (code: number) => {
      isEnding = true;
      if (section !== null) section.code = code;
      say(`end ${code}`);
    };
    const goOn = () => {
      if (section === null || isEnding || socket.destroyed) return;
      const { workMs, code } = plan(section.call);
      const overMs = Math.max(section.beganMs + workMs, untilMs.get(section.call) ?? 0);
      if (performance.now() >= overMs) finish(code);
      else setTimeout(() => say("write"), Math.max(1, Math.min(WRITE_EVERY_MS, overMs - performance.now())));
    };
    const hear = async (line: string) => {
      const [word = "", ...rest] = line.split(" ");
      if (word === "begin") {
        const heard = parseBegin(rest.join(" "));
        if (heard === null) return void socket.destroy();
        section = await begin(heard.call, heard.under);
        if (socket.destroyed) return end(section);
      }
      if (section === null) return;
      if (word === "end") {
        end(section);
        say("bye");
      } else if (!admit(section)) finish(FENCED);
      else goOn();
    };
    createInterface({ input: socket })
      .on("line", (line) => void hear(line))
      .on("error", () => {});
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      if (section !== null) end(section);
    });
  };

  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    sections,
    port: typeof address === "object" && address !== null ? address.port : 0,
    async open(call, under) {
      const section = await begin(call, under);
      return { section, write: () => admit(section), end: () => end(section) };
    },
    extend: (call, ms) => untilMs.set(call, ms),
    sectionOf: (call) => latest.get(call),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
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
