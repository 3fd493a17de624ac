import { defineConfig } from "vitest/config";
import base, { OPEN } from "./vitest.config.ts";

/** The tests of work that is still open, and nothing else. */
export default defineConfig({ test: { ...base.test, include: OPEN, exclude: [] } });
