/** The action's main step. */
import { main } from "./action/steps.ts";
import { leave } from "./wire.ts";

leave(await main());
