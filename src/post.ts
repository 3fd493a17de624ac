/** The action's post step. */
import { post } from "./action/steps.ts";
import { leave } from "./wire.ts";

leave(await post());
