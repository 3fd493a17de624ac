/**
 * The embedded server in a process of its own, so that it shares no event loop with whoever measures.
 * Owns the server's life and what is noted of its requests; answers the calls of hub-remote.ts, and nothing else.
 */
import { startHub } from "../test/hub/hub.ts";
import type { Call, Noted, Reply } from "./hub-remote.ts";

// Checking requests against GitHub's description is for tests: here it would be measured.
const hub = await startHub({ validate: false });
const repository = await hub.addRepository("octo/app");
await hub.warm();

/** The wall clock in parts of a millisecond: the one clock that processes share. */
const wallMs = (at = performance.now()): number => performance.timeOrigin + at;

/** When each request had been carried out, and nobody was told yet. */
const doneAtMs = new Map<number, number>();
hub.onRequest(({ id }, phase) => {
  if (phase === "handled") doneAtMs.set(id, wallMs());
});

function noted(): Noted[] {
  return hub.requests.map(
    ({ id, at, durationMs, method, path, route, body, graphql, status, counted, tokenName }) => ({
      ...{
        id,
        method,
        path,
        route,
        body: body === undefined ? null : JSON.stringify(body),
        status,
        counted,
        tokenName,
      },
      ...{ operation: graphql?.operation ?? null, startMs: wallMs(at), doneMs: doneAtMs.get(id) ?? 0 },
      endMs: wallMs(at + durationMs),
    }),
  );
}

async function answer(call: Call): Promise<Reply["result"]> {
  switch (call.kind) {
    case "address":
      return { url: hub.url, fullName: repository.fullName, nodeId: repository.nodeId };
    case "delay":
      hub.delayMs = call.ms;
      return null;
    case "token":
      return hub.addToken({ label: call.label, restLimit: 1_000_000, graphqlLimit: 1_000_000 });
    case "run":
      // Known to the server, so that whoever asks after a holder or a waiter is told that it is alive.
      repository.runs.addRun({ id: call.runId });
      repository.runs.addJob(call.runId, { id: call.jobId, runnerName: "runner-1" });
      return null;
    case "requests":
      return noted().slice(call.from);
    case "tip":
      return (await repository.refs(call.ref)).find(({ name }) => name === call.ref)?.oid ?? null;
  }
}

process.on("message", (call: Call) => {
  void answer(call).then((result) => process.send?.({ id: call.id, result } satisfies Reply));
});
process.on("disconnect", () => {
  void hub.close().then(() => process.exit(0));
});
process.send?.({ id: 0, result: null } satisfies Reply);
