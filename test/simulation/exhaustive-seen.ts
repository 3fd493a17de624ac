/**
 * Owns the memory of an exhaustive search: which states it has met. Keeps 64 bits of each, so that fifty million fit into 800 megabytes; that two of so
 * many share theirs, and one is passed over, has a chance of one in ten thousand. Must not know what a state is.
 */
export interface Seen {
  readonly size: number;
  /** @returns whether it is new */
  add(state: readonly number[]): boolean;
}

const FIRST_SLOTS = 1 << 16;

export function createSeen(): Seen {
  let slots = new Uint32Array(2 * FIRST_SLOTS);
  let size = 0;

  /** @returns whether it was put, and was not there */
  const put = (table: Uint32Array, high: number, low: number): boolean => {
    const mask = table.length / 2 - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const [thereHigh, thereLow] = [table[2 * at], table[2 * at + 1]];
      if (thereHigh === high && thereLow === low) return false;
      if (thereHigh !== 0 || thereLow !== 0) continue;
      table[2 * at] = high;
      table[2 * at + 1] = low;
      return true;
    }
  };
  const grow = () => {
    const larger = new Uint32Array(2 * slots.length);
    for (let at = 0; at < slots.length; at += 2) {
      const [high = 0, low = 0] = [slots[at], slots[at + 1]];
      if (high !== 0 || low !== 0) put(larger, high, low);
    }
    slots = larger;
  };

  return {
    get size() {
      return size;
    },
    add(state) {
      const high = hashOf(state, 0xcc9e2d51, 0x1b873593);
      // An empty slot is two zeros.
      const low = hashOf(state, 0x9e3779b1, 0x27d4eb2f) || 1;
      if (!put(slots, high, low)) return false;
      if (++size > slots.length / 4) grow();
      return true;
    },
  };
}

/** MurmurHash3 of whole numbers, with other multipliers for each half: what is alike in one is not therefore alike in the other. */
function hashOf(state: readonly number[], first: number, second: number): number {
  let hash = second;
  for (const part of state) {
    let mixed = Math.imul(part, first);
    mixed = (mixed << 15) | (mixed >>> 17);
    hash ^= Math.imul(mixed, second);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= state.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
