/** The journal of ref changes that git itself writes: their order, and nothing but what came to be. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiClient } from "../hub/api-client.ts";
import { type Hub, startHub } from "../hub/hub.ts";
import { parseJournal, refsAfter } from "../hub/journal.ts";
import { ZERO_OID } from "../hub/objects.ts";
import type { HubRepository } from "../hub/repository.ts";

const LOG = "refs/locks/publish/log/1";
const oid = (name: string): string => Buffer.from(name).toString("hex").padEnd(40, "0");

describe("the journal", () => {
  const [a, b, c] = [oid("a"), oid("b"), oid("c")];
  const change = (pid: number, old: string, next: string, ref = LOG) => `change ${pid} ${old} ${next} ${ref}`;
  const parse = (lines: readonly string[], refs: Record<string, string> = {}) =>
    parseJournal(`${lines.join("\n")}\n`, new Map(Object.entries(refs))).map(({ from, to }) => [from, to]);

  test("is ordered by prepared, whatever the order of committed", () => {
    const lines = [
      "prepared 1",
      change(1, ZERO_OID, a),
      "prepared 2",
      change(2, a, b),
      "committed 2",
      "committed 1",
    ];
    expect(parse(lines)).toEqual([
      [null, a],
      [a, b],
    ]);
  });

  test("leaves out what was aborted, and what changed nothing", () => {
    const lines = ["prepared 1", change(1, ZERO_OID, a), "committed 1", "aborted 7"];
    lines.push("prepared 2", change(2, a, b), "aborted 2", "prepared 3", change(3, a, a), "committed 3");
    expect(parse(lines)).toEqual([[null, a]]);
  });

  test("knows the old value of an update that compared nothing", () => {
    const lines = ["prepared 1", change(1, ZERO_OID, a), "committed 1"];
    lines.push("prepared 2", change(2, ZERO_OID, b), "committed 2");
    lines.push("prepared 3", change(3, ZERO_OID, ZERO_OID), "committed 3");
    expect(parse(lines)).toEqual([
      [null, a],
      [a, b],
      [b, null],
    ]);
  });

  test("joins git's transaction inside a transaction, for a ref that was packed", () => {
    const lines = ["prepared 1", change(1, ZERO_OID, a), "committed 1"];
    lines.push("prepared 2", change(2, ZERO_OID, ZERO_OID), "prepared 2", change(2, a, ZERO_OID));
    expect(parse([...lines, "committed 2", "committed 2"])).toEqual([
      [null, a],
      [a, null],
    ]);
  });

  test("decides by what came after, where a process was killed before it could tell", () => {
    const lines = ["prepared 1", change(1, ZERO_OID, a)];
    expect(parse(lines, { [LOG]: a })).toEqual([[null, a]]);
    expect(parse(lines)).toEqual([]);
    const more = ["prepared 2", change(2, a, b), "committed 2"];
    expect(parse([...lines, ...more], { [LOG]: b })).toHaveLength(2);
  });

  test("does not pass over a change that it was not told of", () => {
    const lines = [
      "prepared 1",
      change(1, ZERO_OID, a),
      "committed 1",
      "prepared 2",
      change(2, c, b),
      "committed 2",
    ];
    expect(() => parse(lines)).toThrow("the change before left it at");
  });
});

describe("under fifty transactions at once", () => {
  let hub: Hub;
  let repository: HubRepository;

  beforeAll(async () => {
    hub = await startHub({ validate: false });
    repository = await hub.addRepository("octo/app");
  });

  afterAll(() => hub.close());

  test("is one line of history that leads to what the repository has", async () => {
    const api = apiClient(hub.url, hub.addToken({ restLimit: 10_000, graphqlLimit: 10_000 }));
    const root = await api.commit("root");
    const logs = Array.from({ length: 5 }, (_, index) => `refs/locks/many/log/${index + 1}`);
    await api.updateRefs(
      repository.nodeId,
      logs.map((name) => ({ name, afterOid: root })),
    );
    await repository.packRefs();
    const fifty = Array.from({ length: 50 }, (_, index) => index);
    const commits = await Promise.all(fifty.map((index) => api.commit(`rival ${index}`, root)));
    const won = await Promise.all(
      fifty.map(async (index) => {
        const name = logs[index % logs.length] ?? "";
        const afterOid = commits[index] ?? "";
        const ticket = `refs/locks/many/queue/${index}`;
        await api.call("POST", "git/refs", { ref: ticket, sha: root });
        const updates = [
          { name, beforeOid: root, afterOid },
          { name: ticket, beforeOid: root, afterOid: ZERO_OID },
        ];
        // Some over the API, some by a command beside it: the hook sees all.
        if (index % 2 === 0) {
          return (await api.updateRefs(repository.nodeId, updates)).json.data.updateRefs !== null;
        }
        const script = `start\nupdate ${name} ${afterOid} ${root}\ndelete ${ticket} ${root}\nprepare\ncommit\n`;
        return repository.git(["update-ref", "--stdin"], script).then(
          () => true,
          () => false,
        );
      }),
    );
    const records = await repository.oracle();
    const now = (await repository.refs()).map((ref): [string, string] => [ref.name, ref.oid]);
    expect(refsAfter(records, Number.POSITIVE_INFINITY)).toEqual(new Map(now));
    expect(won.filter(Boolean)).toHaveLength(5);
    const moves = records.filter((record) => record.ref.includes("/log/") && record.from === root);
    expect(moves.map((record) => record.to).sort()).toEqual(commits.filter((_, index) => won[index]).sort());
    expect(records.filter((record) => record.ref.includes("/queue/"))).toHaveLength(55);
  }, 20_000);
});
