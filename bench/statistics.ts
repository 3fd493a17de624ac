/**
 * What is said of a list of times. Owns the arithmetic alone.
 */

export interface Spread {
  readonly samples: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly maxMs: number;
}

/** Of sorted numbers, the one below which the share of them lies. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [below = 0, above = 0] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at % 1);
}

export function spreadOf(timesMs: readonly number[]): Spread {
  if (timesMs.length === 0) throw new Error("nothing was measured");
  const sorted = timesMs.toSorted((a, b) => a - b);
  const at = (share: number): number => rounded(quantile(sorted, share));
  return { samples: sorted.length, minMs: at(0), medianMs: at(0.5), p90Ms: at(0.9), maxMs: at(1) };
}

export function meanOf(numbers: readonly number[]): number {
  return rounded(numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length));
}

export function rounded(number: number, digits = 1): number {
  return Number(number.toFixed(digits));
}
