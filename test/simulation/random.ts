/**
 * Owns chance: one seed, one sequence of numbers, on every machine. Must not know what is decided by it.
 * Streams are split by name, so that a change to what one part draws leaves the draws of all others as they were.
 */

export interface Random {
  /** Evenly spread over [0, 1). */
  next(): number;
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** Evenly spread over [from, to). */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  uuid(): string;
  /** A stream of its own, which depends on the seed and the names alone. */
  split(name: string): Random;
}

export function randomOf(seed: number, name = ""): Random {
  return randomFrom(mix(mix(seed >>> 0, Math.floor(seed / 2 ** 32)), hash(name)));
}

/** Bob Jenkins' small fast counter generator (sfc32): 128 bits of state, passes PractRand. */
function randomFrom(origin: number): Random {
  let a = origin >>> 0;
  let b = mix(origin, 1);
  let c = mix(origin, 2);
  let counter = 1;
  const word = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) word();
  const next = () => word() / 2 ** 32;
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] ?? items[0],
    uuid() {
      const digits = [word(), word(), word(), word()]
        .map((part) => part.toString(16).padStart(8, "0"))
        .join("");
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
    },
    split: (name) => randomFrom(mix(origin, hash(name))),
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

function mix(a: number, b: number): number {
  let value = (a ^ Math.imul(b + 0x9e3779b9, 0x85ebca6b)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return (value ^ (value >>> 15)) >>> 0;
}
