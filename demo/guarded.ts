/**
 * What the lock guards in the demo: a shared counter that is read, kept for a while, and written back one higher. Of two runs that overlapped,
 * one would write over what the other wrote, and the journal beside it would show one starting before the other ended.
 * Knows nothing of locks: like most publishing scripts, it relies on being alone.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const {
  GITHUB_RUN_ID: run,
  REFLOCK_TOKEN: fencingToken,
  SHARED_FILE: shared = "",
  WORK_MS: workMs,
} = process.env;

appendFileSync(`${shared}.journal`, `start ${run} ${fencingToken}\n`);
const before = Number(readFileSync(shared, "utf8"));
await setTimeout(Number(workMs));
writeFileSync(shared, String(before + 1));
appendFileSync(`${shared}.journal`, `end ${run} ${fencingToken}\n`);
