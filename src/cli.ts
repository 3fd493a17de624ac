#!/usr/bin/env node
/** The command line. */
import { main } from "./cli/main.ts";
import { leave } from "./cli/terminal.ts";

leave(await main(process.argv.slice(2)));
