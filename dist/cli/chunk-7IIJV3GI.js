import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  LockError
} from "./chunk-VU7GLJQV.js";

// src/lock/name.ts
var MAX_ENCODED_BYTES = 200;
function parseName(text, namespace = DEFAULT_NAMESPACE) {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}\u2026` : text);
  if (text === "")
    throw new LockError("usage", "The lock's name is empty. Give it one, such as `name: publish`.");
  if (!text.isWellFormed() || /[\p{Cc}\u2028\u2029]/u.test(text)) {
    throw new LockError(
      "usage",
      `The lock name ${shown} has a control character in it. Use plain text, one name a line.`
    );
  }
  if (text === "*") {
    throw new LockError(
      "usage",
      "The name `*` means all locks, which only `status` and `clear` can take. Name one lock."
    );
  }
  const composed = text.normalize("NFC");
  const encoded = encode(composed);
  if (encoded.length > MAX_ENCODED_BYTES) {
    throw new LockError(
      "usage",
      `The lock name ${shown} takes ${encoded.length} bytes in a ref (letters other than a-z take three each), and may take ${MAX_ENCODED_BYTES}. Use a shorter one.`
    );
  }
  return { text: composed, encoded, prefix: `${namespace}/${encoded}/` };
}
function encode(composed) {
  let encoded = "";
  for (const byte of new TextEncoder().encode(composed.toLowerCase().normalize("NFC"))) {
    const character = String.fromCharCode(byte);
    encoded += /[a-z0-9_-]/.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
function nameOfEncoded(encoded, namespace) {
  const bytes = [];
  for (const [part] of encoded.matchAll(/=[0-9A-F]{2}|./gs)) {
    bytes.push(part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0));
  }
  try {
    const name = parseName(
      new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes)),
      namespace
    );
    return name.encoded === encoded ? name : null;
  } catch {
    return null;
  }
}
function listedLocks({ refs }, namespace) {
  const encoded = new Set(refs.map(({ name }) => name.slice(namespace.length + 1).split("/")[0] ?? ""));
  return [...encoded].sort().flatMap((name) => nameOfEncoded(name, namespace) ?? []);
}
var DEFAULT_NAMESPACE = "refs/locks";
function parseNamespace(text) {
  if (!/^refs(\/[A-Za-z0-9_][A-Za-z0-9_-]*){1,8}$/.test(text) || /^refs\/(heads|tags)$/.test(text)) {
    throw new LockError(
      "usage",
      `The namespace ${JSON.stringify(text.slice(0, 80))} is not one that refs can live in. Write \`refs/locks\`, \`refs/heads/locks\` or \`refs/tags/locks\`.`
    );
  }
  return text;
}
function logRef(lock, slot) {
  return `${lock.prefix}log/${slot}`;
}
function holderRef(lock, slot) {
  return `${lock.prefix}holder/${slot}`;
}
function isLogRef(ref) {
  return /\/log\/[1-9]\d*$/.test(ref);
}

export {
  parseName,
  listedLocks,
  DEFAULT_NAMESPACE,
  parseNamespace,
  logRef,
  holderRef,
  isLogRef
};
