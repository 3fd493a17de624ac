/**
 * What every store of refs promises (src/lock/ports.ts), as one suite: sentence by sentence, always with two clients.
 * Owns the promises; must not know which store it is, nor how its clients talk to it.
 */
import { describe } from "vitest";
import { lostRequests } from "./contract-network.ts";
import { commits, refReads } from "./contract-reads.ts";
import { logTransactions, races, tickets } from "./contract-transactions.ts";
import { type Arena, type Promises, setStage } from "./stage.ts";

export function storeContract(name: string, promises: Promises, open: () => Promise<Arena>): void {
  describe(name, () => {
    const stage = setStage(open);
    refReads(stage);
    commits(stage);
    logTransactions(stage, promises);
    races(stage);
    tickets(stage);
    lostRequests(stage, promises);
  });
}
