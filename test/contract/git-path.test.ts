/** The git store keeps the contract over a bare repository on this machine, also with a server that can't change several refs as one. */
import { openGitArena } from "../git/arena.ts";
import { storeContract } from "./store-contract.ts";

storeContract("git, by path", { comparesAll: true, local: ["history", "read", "write"] }, () =>
  openGitArena("path"),
);

storeContract(
  "git, by path, in a sha256 repository",
  { comparesAll: true, local: ["history", "read", "write"] },
  () => openGitArena("path", { format: "sha256" }),
);

storeContract(
  "git, where the server has no atomic pushes",
  { comparesAll: false, local: ["history", "read", "write"] },
  () => openGitArena("path", { settings: { "receive.advertiseAtomic": "false" } }),
);
