/**
 * Loaded into a bundle's process before the bundle (`--import`): time passes twelve times as fast, so that a minute of patience is five seconds
 * of a test. Owns the clock of that process. Changes neither the bundle nor what it sends: the server's dates stay true. There may be no type in it: it
 * is handed over as it stands.
 */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";

const FACTOR = 12;

const nowMs = performance.now.bind(performance);
Object.defineProperty(performance, "now", { value: () => nowMs() * FACTOR });

const sleep = timers.setTimeout;
timers.setTimeout = (ms, value, options) => sleep((ms ?? 0) / FACTOR, value, options);
syncBuiltinESMExports();

const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => timeout(Math.ceil(ms / FACTOR));
