/** The git store keeps the contract over ssh's transport, also where the server knows git's first protocol alone. */
import { expect, test } from "vitest";
import { openGitStore } from "../../src/git/ref-store.ts";
import { openGitArena } from "../git/arena.ts";
import { installFakeSsh } from "../git/fake-ssh.ts";
import { openRepositories } from "../git/repositories.ts";
import { placeOf } from "./stage.ts";
import { storeContract } from "./store-contract.ts";

storeContract("git, over ssh", { comparesAll: true, local: ["write"] }, () => openGitArena("ssh"));

storeContract("git, over ssh, of an old server", { comparesAll: true, local: ["write"] }, () =>
  openGitArena("old-ssh"),
);

test("of an old server, which gives out nothing but the tips of refs, a log is read through its ref", async () => {
  const repositories = await openRepositories();
  const ssh = installFakeSsh(repositories.folder, true);
  const repository = await repositories.add("app.git");
  const store = openGitStore({ remote: `ssh://h${repository.path}`, cwd: repositories.folder });
  try {
    const { prefix, log } = placeOf("publish");
    const chain = [await repository.commit("first")];
    for (let length = 1; length < 6; length++) chain.unshift(await repository.commit("next", chain[0]));
    await repository.set(log, chain[0] ?? "");
    await store.list(prefix);
    expect((await store.history(chain[0] ?? "", 10)).map(({ oid }) => oid)).toEqual(chain);
  } finally {
    ssh.remove();
    await store.close();
    await repositories.close();
  }
});

test("ssh is told to ask nothing, unless the user says how it is to be run", async () => {
  const repositories = await openRepositories();
  const ssh = installFakeSsh(repositories.folder);
  const { path } = await repositories.add("app.git");
  const own = await repositories.add("own.git");
  const command = process.env.GIT_SSH_COMMAND ?? "";
  delete process.env.GIT_SSH_COMMAND;
  try {
    await own.git("config", "core.sshCommand", `${command} -oLogLevel=ERROR`);
    const store = openGitStore({ remote: `ssh://git@example.com:2222${path}`, cwd: own.path });
    await store.list("refs/locks/publish/");
    await store.close();
    const [words = ""] = ssh.called();
    expect(words).toContain("-oLogLevel=ERROR");
    expect(words).toContain("-p 2222 git@example.com git-upload-pack");
    expect(words).not.toContain("BatchMode");
  } finally {
    process.env.GIT_SSH_COMMAND = command;
    ssh.remove();
    await repositories.close();
  }
});
