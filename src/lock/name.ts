/**
 * Lock names and the refs that they stand for.
 * Owns the encoding of a name into a ref; must not know what the refs point at.
 */
import { LockError } from "./errors.ts";
import type { Listing } from "./refs.ts";

/** Refs that GitHub and git both take, without a directory/file conflict between any two locks. */
const MAX_ENCODED_BYTES = 200;

export interface LockName {
  /** As the user wrote it, in Unicode's composed form. For people. */
  readonly text: string;
  /** As it stands in a ref. Two names are one lock if and only if these are equal. */
  readonly encoded: string;
  /** `refs/locks/<encoded>/`, with the final slash, so that the refs of `a` are not taken for those of `ab`. */
  readonly prefix: string;
}

/**
 * @param text any text without control characters
 * @param namespace where the refs live, as `parseNamespace` gives it
 * @throws LockError `usage` that says what is wrong with the name
 */
export function parseName(text: string, namespace = DEFAULT_NAMESPACE): LockName {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  if (text === "")
    throw new LockError("usage", "The lock's name is empty. Give it one, such as `name: publish`.");
  if (!text.isWellFormed() || /[\p{Cc}\u2028\u2029]/u.test(text)) {
    throw new LockError(
      "usage",
      `The lock name ${shown} has a control character in it. Use plain text, one name a line.`,
    );
  }
  if (text === "*") {
    throw new LockError(
      "usage",
      "The name `*` means all locks, which only `status` and `clear` can take. Name one lock.",
    );
  }
  const composed = text.normalize("NFC");
  const encoded = encode(composed);
  if (encoded.length > MAX_ENCODED_BYTES) {
    throw new LockError(
      "usage",
      `The lock name ${shown} takes ${encoded.length} bytes in a ref (letters other than a-z take three each), and may take ${MAX_ENCODED_BYTES}. Use a shorter one.`,
    );
  }
  return { text: composed, encoded, prefix: `${namespace}/${encoded}/` };
}

/** NFC, lower case, and every byte but `[a-z0-9_-]` as `=XX`: no dots, slashes, `@{` or `.lock` are left for git to refuse. */
function encode(composed: string): string {
  let encoded = "";
  for (const byte of new TextEncoder().encode(composed.toLowerCase().normalize("NFC"))) {
    const character = String.fromCharCode(byte);
    encoded += /[a-z0-9_-]/.test(character)
      ? character
      : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The lock whose refs are under `<namespace>/<encoded>/`; `null` where no name is encoded like this, so that it is nothing of ours. */
function nameOfEncoded(encoded: string, namespace: string): LockName | null {
  const bytes: number[] = [];
  for (const [part] of encoded.matchAll(/=[0-9A-F]{2}|./gs)) {
    bytes.push(part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0));
  }
  try {
    const name = parseName(
      new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes)),
      namespace,
    );
    return name.encoded === encoded ? name : null;
  } catch {
    return null;
  }
}

/** The locks to which the refs of a namespace belong, by name. */
export function listedLocks({ refs }: Listing, namespace: string): LockName[] {
  const encoded = new Set(refs.map(({ name }) => name.slice(namespace.length + 1).split("/")[0] ?? ""));
  return [...encoded].sort().flatMap((name) => nameOfEncoded(name, namespace) ?? []);
}

export const DEFAULT_NAMESPACE = "refs/locks";

/** @throws LockError `usage` unless the text is `refs/` and plain path segments, which every git server takes. */
export function parseNamespace(text: string): string {
  if (!/^refs(\/[A-Za-z0-9_][A-Za-z0-9_-]*){1,8}$/.test(text) || /^refs\/(heads|tags)$/.test(text)) {
    throw new LockError(
      "usage",
      `The namespace ${JSON.stringify(text.slice(0, 80))} is not one that refs can live in. Write \`refs/locks\`, \`refs/heads/locks\` or \`refs/tags/locks\`.`,
    );
  }
  return text;
}

export function logRef(lock: LockName, slot: number): string {
  return `${lock.prefix}log/${slot}`;
}

export function holderRef(lock: LockName, slot: number): string {
  return `${lock.prefix}holder/${slot}`;
}

/** Whether a ref is a log, which decides who holds; every other ref of a lock only shows it. */
export function isLogRef(ref: string): boolean {
  return /\/log\/[1-9]\d*$/.test(ref);
}
