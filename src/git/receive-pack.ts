/**
 * Changes refs of a repository on this machine by telling the git that receives pushes there, without a `git push` in between. The repository's hooks and its
 * `receive.*` settings have their say.
 * Owns the protocol between the two (gitprotocol-pack); must not know what a refusal means.
 */
import type { Oid, RefChange } from "../lock/refs.ts";
import type { ObjectFormat } from "./commit.ts";
import { type GitRun, talkToGit } from "./process.ts";
import type { Answer, RefAnswer } from "./rejection.ts";

/** What the other side says before it is told anything. */
export interface Advertised {
  /** Of those that were asked after. */
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

/**
 * @param path the repository, or the work tree around it
 * @param names the refs that matter: a repository may have a hundred thousand others
 */
export function openReceiving(path: string, run: GitRun, names: ReadonlySet<string>): Receiving {
  const said = Promise.withResolvers<Advertised | null>();
  const done = Promise.withResolvers<Answer>();
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (run.signal?.aborted) abort();
  run.signal?.addEventListener("abort", abort);
  const lines: string[] = [];
  let asked: readonly RefChange[] | null = null;
  let refs: readonly RefAnswer[] = [];
  let isSaid = false;

  const report = () => {
    refs = answersIn(lines);
    // Of what was refused the reasons stand elsewhere, too, and may come later.
    if (refs.length === 0 || refs.some(({ state }) => state !== "changed")) return;
    // What is left are the repository's own hooks: nobody who gives up cuts them off.
    run.signal?.removeEventListener("abort", abort);
    done.resolve({ ending: "exit", code: 0, stderr: "", refs: [...refs, ...unheardOf(asked, refs)] });
  };
  const onPacket = (packet: string | null) => {
    if (packet !== null && (isSaid || lines.length === 0 || names.has(nameIn(packet)))) lines.push(packet);
    if (packet !== null) return;
    if (isSaid) report();
    else said.resolve(advertisedIn(lines.splice(0)));
    isSaid = true;
  };

  const git = talkToGit(
    ["receive-pack", path],
    { ...run, signal: stop.signal, asServer: true },
    packetReader(onPacket),
  );
  const ended = git.result.then(({ ending, code, stderr }) => ({
    ...{ ending, code, stderr },
    refs: [...refs, ...unheardOf(asked, refs)],
  }));
  const end = ended
    .catch(() => {})
    .then(() => {
      run.signal?.removeEventListener("abort", abort);
      said.resolve(null);
    });

  return {
    advertised: said.promise,
    async send(request) {
      if (isSaid) asked = request.changes;
      const version = (await said.promise)?.capabilities.has("report-status-v2") ? "-v2" : "";
      git.stdin.end(encode(request, `report-status${version}`));
      return await Promise.race([done.promise, ended]);
    },
    close: () => void git.stdin.end(FLUSH),
    end,
  };
}

/** What was asked for, and never answered. */
function unheardOf(asked: readonly RefChange[] | null, answers: readonly RefAnswer[]): RefAnswer[] {
  const heard = new Set(answers.map(({ ref }) => ref));
  const unheard = (asked ?? []).filter(({ ref }) => !heard.has(ref));
  return unheard.map(({ ref }) => ({ ref, state: "unheard", reason: "" }));
}

const FLUSH = "0000";

function encode({ changes, pack, format, isAtomic }: Request, report: string): Buffer {
  const nothing = "0".repeat(format === "sha1" ? 40 : 64);
  const capabilities = [report, `object-format=${format}`, ...(isAtomic ? ["atomic"] : [])];
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

/** Takes bytes as they come, and gives each packet that is complete: its text, without the newline at the end; `null` is a flush. */
function packetReader(onPacket: (packet: string | null) => void): (chunk: Buffer) => void {
  let received: Buffer = Buffer.alloc(0);
  let isBroken = false;
  return (chunk) => {
    if (isBroken) return;
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4) {
      const length = Number.parseInt(received.subarray(0, 4).toString(), 16);
      // What is no packet never becomes an answer.
      isBroken = Number.isNaN(length);
      const end = Math.max(4, length);
      if (isBroken || received.length < end) return;
      onPacket(length < 4 ? null : received.subarray(4, end).toString().replace(/\n$/, ""));
      received = received.subarray(end);
    }
  };
}

/** `<oid> <ref>`, in the first line followed by what can be asked for. An empty repository says so by a name that is none. */
function advertisedIn(lines: readonly string[]): Advertised {
  const [, capabilities = ""] = lines[0]?.split("\0") ?? [];
  const refs = lines.map((line): [string, Oid] => [nameIn(line), line.split(" ")[0] ?? ""]);
  return { refs: new Map(refs), capabilities: new Set(capabilities.trim().split(" ")) };
}

function nameIn(line: string): string {
  return /^[0-9a-f]{40,64} (refs\/[^\0]+)/.exec(line)?.[1] ?? "";
}

/**
 * `ok <ref>`, or `ng <ref> <reason>`, after `unpack ok`, or `unpack <reason>`. A hook may answer for other refs than were asked for (`receive.procReceiveRefs`);
 * that stands in `option` lines after the ref's own, which then was not changed.
 */
function answersIn(lines: readonly string[]): RefAnswer[] {
  const unpack = lines.find((line) => line.startsWith("unpack "))?.slice("unpack ".length) ?? "";
  return lines.flatMap((line, at): RefAnswer[] => {
    const [, verdict, ref, reason = ""] = /^(ok|ng) (\S+)(?: (.*))?$/.exec(line) ?? [];
    if (ref === undefined) return [];
    if (verdict === "ng")
      return [
        { ref, state: "refused", reason: reason === "unpacker error" ? `${reason}: ${unpack}` : reason },
      ];
    return [{ ref, state: lines[at + 1]?.startsWith("option ") ? "unheard" : "changed", reason }];
  });
}
