/**
 * A URL or a path, taken apart: which of them are taken, how one is shown, and where its credentials go.
 * Owns the spelling alone; must ask neither git nor the remote.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LockError } from "../lock/errors.ts";
import type { Setting } from "./environment.ts";

const SCHEMES = ["file", "git", "http", "https", "ssh", "git+ssh", "ssh+git"];

/** @throws LockError `usage` for whatever is no URL or path of a git repository, or would run a program of its own choice */
export function checkRemote(url: string): void {
  const refuse = (why: string): never => {
    throw new LockError("usage", `The remote ${quoted(showRemote(url))} ${why}.`);
  };
  if (url === "") refuse("is empty");
  if (/\p{Cc}/u.test(url)) refuse("has a control character in it");
  if (url.startsWith("-")) refuse("begins with a dash: write ./ before a path");
  if (/^[A-Za-z0-9][\w+.-]*::/.test(url)) refuse("would run a transport helper, which reflock does not do");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return;
  if (!SCHEMES.includes(scheme)) refuse(`is of a kind that reflock does not use; take ${SCHEMES.join(", ")}`);
  // It would stand in git's arguments, with whatever is secret in it; and git puts what it asks for after it.
  if (/^https?$/.test(scheme) && /[?#]/.test(url))
    refuse(
      "has a query or a fragment in it, with which git reaches no repository; in a password, ? and # are %3F and %23",
    );
  if (/^[^/]*\/\/([^/@]*@)?-/.test(url)) refuse("has a host that begins with a dash");
}

/** Without user, password and query where they may be secret, and without what could fool a terminal. */
export function showRemote(url: string): string {
  const plain = url.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "");
  const shown = /^https?:\/\//i.test(plain)
    ? plain
        // Before the first slash it may be a query or a part of a password.
        .replace(/^([^/]*\/\/)[^/]*[?#].*$/s, "$1…")
        .replace(/[?#].*$/s, "")
        .replace(/^([^/]*\/\/)[^/]*@/, "$1")
    : plain.replace(/^([a-z0-9+.-]*:\/\/[^/:@]*):[^/]*@/i, "$1@");
  return shown.length > 300 ? `${shown.slice(0, 300)}…` : shown;
}

export interface Address {
  /** For git: as it was given, but for credentials. */
  readonly url: string;
  /** The credentials, where git alone sees them: other users of the machine can read its arguments. */
  readonly settings: readonly Setting[];
  /** What must be in no text of ours. */
  readonly secrets: readonly string[];
  readonly shown: string;
  /** Where it is a path of this machine. */
  readonly path: string | null;
}

/** Takes the credentials out of a URL. */
export function addressOf(given: string, cwd: string): Address {
  checkRemote(given);
  const shown = showRemote(given);
  if (isPath(given)) {
    const path = resolve(cwd, given);
    return { url: path, settings: [], secrets: [], shown: showRemote(path), path };
  }
  const path = pathOfFileUrl(given);
  const [, scheme = "", userinfo, rest = ""] = /^(https?:\/\/)(?:([^/]*)@)?(.*)$/is.exec(given) ?? [];
  if (userinfo === undefined) return { url: given, settings: [], secrets: [], shown, path };
  const url = scheme + rest;
  const [user = "", password] = splitUserinfo(userinfo);
  const secrets = [userinfo, password ?? "", decoded(password ?? ""), user].filter((text) => text.length > 5);
  if (password === undefined)
    return { url, settings: [[`credential.${url}.username`, decoded(user)]], secrets, shown, path };
  const basic = Buffer.from(`${decoded(user)}:${decoded(password)}`).toString("base64");
  const header = `http.${url}.extraHeader`;
  // The empty one takes away what other settings say for this host: a header that is sent twice is refused.
  const settings: Setting[] = [
    [header, ""],
    [header, `Authorization: Basic ${basic}`],
  ];
  return { url, settings, secrets: [...secrets, basic], shown, path };
}

function splitUserinfo(userinfo: string): [string, string | undefined] {
  const colon = userinfo.indexOf(":");
  return colon < 0 ? [userinfo, undefined] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Neither a URL nor `host:path`, which git takes for ssh unless a slash comes before the colon. */
export function isPath(text: string): boolean {
  if (process.platform === "win32" && /^[A-Za-z]:/.test(text)) return true;
  return !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) && !/^[^/]+:/.test(text);
}

function pathOfFileUrl(url: string): string | null {
  if (!/^file:\/\//i.test(url)) return null;
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
