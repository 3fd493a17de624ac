/**
 * Durations as people write them. Owns their reading and their showing; knows no clock.
 */
import { LockError } from "./errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** Ten years: a longer one is a slip of the hand, and far from what timers can count. */
const MAX_MS = 3650 * 86_400_000;

/**
 * `0`, `forever`, or integers with units, the largest first: `90s`, `1h30m`.
 * @param what the input or option, for the error
 * @returns milliseconds, `Infinity` for `forever`
 * @throws LockError `usage`
 */
export function parseDuration(text: string, what: string): number {
  if (text === "0") return 0;
  if (text === "forever") return Number.POSITIVE_INFINITY;
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === "") throw notADuration(text, what);
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const ms =
    Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
  if (ms > MAX_MS)
    throw new LockError("usage", `\`${what}: ${text}\` is longer than ten years. Write \`forever\` instead.`);
  return ms;
}

function notADuration(text: string, what: string): LockError {
  const hint = /^\d+$/.test(text) ? ` A number needs its unit: \`${text}s\` or \`${text}m\`.` : "";
  return new LockError(
    "usage",
    `\`${what}: ${JSON.stringify(text.slice(0, 40)).slice(1, -1)}\` is not a duration.${hint} Write \`0\`, \`forever\`, or such as \`90s\`, \`10m\`, \`1h30m\`.`,
  );
}

/** For people: `0s`, `45s`, `4m 10s`, `2h 5m`, `3d 4h`; the two largest units. */
export function formatDuration(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return "forever";
  let rest = Math.max(0, Math.round(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0 || parts.length > 0) parts.push(`${count}${unit}`);
  }
  return (
    parts
      .slice(0, 2)
      .filter((part) => !part.startsWith("0"))
      .join(" ") || "0s"
  );
}
