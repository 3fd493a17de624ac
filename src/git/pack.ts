/**
 * Objects as one git sends them to another: a pack in which each is whole (gitformat-pack).
 * Owns that encoding; must not know who gets it.
 */
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { LockError } from "../lock/errors.ts";
import type { GitObject, ObjectFormat } from "./commit.ts";

const TYPES: Readonly<Record<string, number>> = { commit: 1, tree: 2 };

export function encodePack(objects: readonly GitObject[], format: ObjectFormat): Buffer {
  const header = Buffer.from("PACK\0\0\0\x02\0\0\0\0");
  header.writeUInt32BE(objects.length, 8);
  const parts = objects.flatMap((object) => [headerOf(object), deflateSync(object.content)]);
  const content = Buffer.concat([header, ...parts]);
  return Buffer.concat([content, createHash(format).update(content).digest()]);
}

/** The type, and the size in bytes: four bits of it, then seven at a time, the lowest first. */
function headerOf({ type, content }: GitObject): Buffer {
  const number = TYPES[type];
  if (number === undefined) throw new LockError("bug", `A ${type} was to be sent.`);
  const bytes = [(number << 4) | (content.length & 15)];
  for (let rest = content.length >>> 4; rest > 0; rest >>>= 7) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest & 0x7f);
  }
  return Buffer.from(bytes);
}
