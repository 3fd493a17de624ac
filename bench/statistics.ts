/**
 * What is said of a list of times, or of counts. Owns the arithmetic alone.
 */

export interface Spread {
  readonly samples: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly maxMs: number;
  /** Between a quarter and three quarters of the samples. */
  readonly quartilesMs: readonly [number, number];
}

/** How many times as long as its floor. */
export interface Ratio {
  readonly byMedian: number;
  /** Of the quickest of each, which a busy machine disturbs least. */
  readonly byMin: number;
  /** By how much the first may differ between two runs of the same: half the distance between the quartiles, of both. */
  readonly spread: number;
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
  return {
    ...{ samples: sorted.length, minMs: at(0), medianMs: at(0.5), p90Ms: at(0.9), maxMs: at(1) },
    quartilesMs: [at(0.25), at(0.75)],
  };
}

export function ratioOf(time: Spread, floor: Spread): Ratio {
  const byMedian = time.medianMs / floor.medianMs;
  const share = ({ medianMs, quartilesMs: [low, high] }: Spread): number => (high - low) / 2 / medianMs;
  return {
    byMedian: rounded(byMedian, 2),
    byMin: rounded(time.minMs / floor.minMs, 2),
    spread: rounded(byMedian * (share(time) + share(floor)), 2),
  };
}

export function meanOf(numbers: readonly number[]): number {
  return rounded(numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length));
}

/** How far the numbers are from their mean, as a standard deviation. */
export function deviationOf(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length);
  const squares = numbers.map((one) => (one - mean) ** 2);
  return rounded(Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length)));
}

export function rounded(number: number, digits = 1): number {
  return Number(number.toFixed(digits));
}
