/** What sabotage has at hand. Owns nothing. */
import type { Calls } from "./calls.ts";
import type { Ground } from "./ground.ts";
import type { Pace } from "./options.ts";
import type { Server } from "./server.ts";
import type { Troubles } from "./trouble.ts";
import type { Witness } from "./witness.ts";

export interface Stage {
  readonly ground: Ground;
  readonly calls: Calls;
  readonly witness: Witness;
  readonly servers: readonly [Server, ...Server[]];
  readonly troubles: Troubles;
  readonly pace: Pace;
  readonly isOver: () => boolean;
  /** Lock files that sabotage made itself, and removes itself. */
  readonly planted: Set<string>;
}
