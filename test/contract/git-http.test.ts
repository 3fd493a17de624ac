/** The git store keeps the contract over HTTP. */
import { describe, test } from "vitest";
import { openGitArena } from "../git/arena.ts";
import { WITHOUT_LIGHTTPD } from "../git/lighttpd.ts";
import { storeContract } from "./store-contract.ts";

storeContract("git, over http", { comparesAll: true, local: ["write"] }, () => openGitArena("http"));

storeContract("git, over http, in a sha256 repository", { comparesAll: true, local: ["write"] }, () =>
  openGitArena("http", { format: "sha256" }),
);

if (WITHOUT_LIGHTTPD === null)
  storeContract("git, over lighttpd with a password", { comparesAll: true, local: ["write"] }, () =>
    openGitArena("lighttpd"),
  );
else
  describe(`git, over lighttpd with a password: ${WITHOUT_LIGHTTPD}`, () => {
    test.skip("the contract", () => {});
  });
