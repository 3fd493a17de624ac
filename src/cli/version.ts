/** The version, which stands in package.json alone: the build puts it into the bundle. */
import { readFileSync } from "node:fs";

declare const REFLOCK_VERSION: string | undefined;

export function version(): string {
  if (typeof REFLOCK_VERSION === "string") return REFLOCK_VERSION;
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
