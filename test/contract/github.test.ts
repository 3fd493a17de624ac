/** The GitHub store keeps the contract in both of its ways, and when clients of both meet on one repository. */
import { openGitHubArena } from "./github-arena.ts";
import { storeContract } from "./store-contract.ts";

storeContract("GitHub with updateRefs", { comparesAll: true }, () => openGitHubArena(["works"]));

storeContract("GitHub where updateRefs is refused for such refs", { comparesAll: false }, () =>
  openGitHubArena(["refused"], { objectOutsideHeads: "null" }),
);

storeContract("GitHub without updateRefs", { comparesAll: false }, () => openGitHubArena(["missing"]));

storeContract("GitHub with clients of both kinds, the first with updateRefs", { comparesAll: true }, () =>
  openGitHubArena(["works", "refused"]),
);

storeContract("GitHub with clients of both kinds, the first without updateRefs", { comparesAll: false }, () =>
  openGitHubArena(["refused", "works"]),
);
