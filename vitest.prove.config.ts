import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** The long rounds: the same tests with `REFLOCK_PROVE` set, which raises their numbers. */
export default mergeConfig(
  base,
  defineConfig({ test: { env: { REFLOCK_PROVE: "1" }, testTimeout: 1_800_000 } }),
);
