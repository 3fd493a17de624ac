/**
 * `fetch` through the proxy that the environment names. Apart from the rest because it brings undici along, 38 ms of start-up: it is a bundle of
 * its own, loaded only where a proxy is set.
 */
import { defaults } from "@actions/github/lib/utils";

export const proxyFetch: unknown = defaults.request?.fetch;
