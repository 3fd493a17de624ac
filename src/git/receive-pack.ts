/**
 * Changes refs of a repository on this machine by the git that receives pushes there, as `git push` does, which starts it and four more. The
 * repository's hooks and its `receive.*` settings have their say.
 * Owns the protocol between the two (gitprotocol-pack); must not know what a refusal means.
 */
import type { Oid, RefChange } from "../lock/refs.ts";
import type { ObjectFormat } from "./commit.ts";
import { type GitRun, talkToGit } from "./process.ts";
import type { Answer, RefAnswer } from "./rejection.ts";

/** What the other side says before it is told anything. */
export interface Advertised {
  readonly refs: ReadonlyMap<string, Oid>;
  readonly capabilities: ReadonlySet<string>;
}

export interface Request {
  readonly changes: readonly RefChange[];
  /** The objects that the other side may not have. */
  readonly pack: Buffer;
  readonly format: ObjectFormat;
  readonly isAtomic: boolean;
}

export interface Receiving {
  /** `null` where it ended without saying anything: why, `send` tells. */
  readonly advertised: Promise<Advertised | null>;
  /** Once. The answer is there as soon as the refs are changed, or not. */
  send(request: Request): Promise<Answer>;
  /** Ends what nothing was sent to. */
  close(): void;
  /** When the repository's own hooks are done, too. Never rejects. */
  readonly end: Promise<unknown>;
}

/** @param path the repository, or the work tree around it */
export function openReceiving(path: string, run: GitRun): Receiving {
  const packets = packetReader();
  const lines: string[] = [];
  const said = Promise.withResolvers<Advertised | null>();
  const done = Promise.withResolvers<Answer>();
  let isSaid = false;
  let refs: readonly RefAnswer[] = [];

  const report = () => {
    refs = refsIn(lines);
    // Of what was refused the reasons stand elsewhere, too, and may come later.
    if (refs.every(({ state }) => state === "changed"))
      done.resolve({ ending: "exit", code: 0, stderr: "", refs });
  };
  const git = talkToGit(["receive-pack", path], { ...run, asServer: true }, (chunk) => {
    for (const packet of packets(chunk)) {
      if (packet !== null) lines.push(packet);
      else if (isSaid) report();
      else {
        isSaid = true;
        said.resolve(advertisedIn(lines.splice(0)));
      }
    }
  });
  const ended = git.result.then(({ ending, code, stderr }) => ({ ending, code, stderr, refs }));
  const end = ended.catch(() => {}).then(() => said.resolve(null));

  return {
    advertised: said.promise,
    async send(request) {
      git.stdin.end(encode(request));
      return await Promise.race([done.promise, ended]);
    },
    close: () => void git.stdin.end(FLUSH),
    end,
  };
}

const FLUSH = "0000";

function encode({ changes, pack, format, isAtomic }: Request): Buffer {
  const nothing = "0".repeat(format === "sha1" ? 40 : 64);
  const capabilities = ["report-status", `object-format=${format}`, ...(isAtomic ? ["atomic"] : [])];
  const commands = changes.map(({ ref, from, to }, at) => {
    const command = `${from ?? nothing} ${to ?? nothing} ${ref}`;
    return packetOf(at === 0 ? `${command}\0 ${capabilities.join(" ")}` : command);
  });
  // What only deletes is followed by no objects.
  const isPackSent = changes.some(({ to }) => to !== null);
  return Buffer.concat([...commands, Buffer.from(FLUSH), ...(isPackSent ? [pack] : [])]);
}

function packetOf(text: string): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, "0")), content]);
}

/** Takes bytes as they come, and gives the packets that are complete: their text, without the newline at the end; `null` is a flush. */
function packetReader(): (chunk: Buffer) => (string | null)[] {
  let received: Buffer = Buffer.alloc(0);
  return (chunk) => {
    received = Buffer.concat([received, chunk]);
    const packets: (string | null)[] = [];
    while (received.length >= 4) {
      const length = Number.parseInt(received.subarray(0, 4).toString(), 16);
      const end = Math.max(4, length);
      // What is no packet is left lying: it never becomes an answer.
      if (Number.isNaN(length) || received.length < end) break;
      packets.push(length < 4 ? null : received.subarray(4, end).toString().replace(/\n$/, ""));
      received = received.subarray(end);
    }
    return packets;
  };
}

/** `<oid> <ref>`, in the first line followed by what can be asked for. An empty repository says so by a name that is none. */
function advertisedIn(lines: readonly string[]): Advertised {
  const [, capabilities = ""] = lines[0]?.split("\0") ?? [];
  const refs = lines.flatMap((line): [string, Oid][] => {
    const [, oid, name] = /^([0-9a-f]{40,64}) (refs\/[^\0]+)/.exec(line) ?? [];
    return oid === undefined || name === undefined ? [] : [[name, oid]];
  });
  return { refs: new Map(refs), capabilities: new Set(capabilities.trim().split(" ")) };
}

/** `ok <ref>`, or `ng <ref> <reason>`. What it says of unpacking stands in the reasons as well. */
function refsIn(lines: readonly string[]): RefAnswer[] {
  return lines.flatMap((line): RefAnswer[] => {
    const [, verdict, ref, reason = ""] = /^(ok|ng) (\S+)(?: (.*))?$/.exec(line) ?? [];
    if (ref === undefined) return [];
    return [{ ref, state: verdict === "ok" ? "changed" : "refused", reason }];
  });
}
