/**
 * The points about git refs over GraphQL: whether `updateRefs` is a transaction on our refs too, and how it says no.
 */
import { type Answer, dig, digText, graphqlErrors, said } from "./api.ts";
import { type Finding, judged, noted, notTried, type Point, point } from "./point.ts";
import { applied, Broken, type Probe, ZEROS } from "./probe.ts";

/** Where the mutation is refused as a whole, what it would have compared says nothing. */
function ifItWorks(attempt: (probe: Probe) => Promise<Finding>) {
  return async (probe: Probe): Promise<Finding> =>
    probe.updateRefsWorks ? attempt(probe) : notTried("updateRefs is refused here: see 20");
}

function words(answer: Answer): string {
  return applied(answer) ? "applied" : said(answer);
}

async function made(probe: Probe, ref: string): Promise<string> {
  const oid = await probe.commit();
  await probe.create(ref, oid);
  return oid;
}

async function creates(probe: Probe): Promise<Finding> {
  const name = `${probe.root}p20`;
  const oid = await probe.commit();
  const answer = await probe.updateRefs([{ name, beforeOid: ZEROS, afterOid: oid }]);
  probe.updateRefsWorks = applied(answer) && (await probe.settles(name, oid)) !== null;
  return judged(probe.updateRefsWorks, words(answer));
}

async function movesAndDeletes(probe: Probe): Promise<Finding> {
  const name = `${probe.root}p21`;
  const from = await made(probe, name);
  const to = await probe.commit(from);
  const moved = await probe.updateRefs([{ name, beforeOid: from, afterOid: to }]);
  const there = (await probe.settles(name, to)) !== null;
  const deleted = await probe.updateRefs([{ name, beforeOid: to, afterOid: ZEROS }]);
  const gone = (await probe.settles(name, null)) !== null;
  const good = applied(moved) && there && applied(deleted) && gone;
  return judged(good, `move: ${words(moved)}; delete: ${words(deleted)}`);
}

/** Three changes of which one does not match: a create, a move and a delete must all be left undone, in either order. */
async function allOrNone(probe: Probe): Promise<Finding> {
  const folder = `${probe.root}p22`;
  const held = await made(probe, `${folder}/held`);
  const other = await made(probe, `${folder}/other`);
  const next = await probe.commit(held);
  const changes = [
    { name: `${folder}/new`, beforeOid: ZEROS, afterOid: next },
    { name: `${folder}/held`, beforeOid: held, afterOid: next },
    { name: `${folder}/other`, beforeOid: held, afterOid: ZEROS },
  ];
  const answers = [await probe.updateRefs(changes), await probe.updateRefs(changes.toReversed())];
  const untouched =
    (await probe.settles(`${folder}/held`, held)) !== null &&
    (await probe.settles(`${folder}/other`, other)) !== null &&
    (await probe.tip(`${folder}/new`)) === null;
  const good =
    untouched && answers.every((answer) => answer.status === 200 && graphqlErrors(answer).length > 0);
  const state = untouched ? "nothing changed" : "SOMETHING CHANGED";
  return judged(good, `${answers.map(words).join("; reversed: ")}; ${state}`);
}

async function mustNotExist(probe: Probe): Promise<Finding> {
  const name = `${probe.root}p23`;
  const oid = await made(probe, name);
  const answer = await probe.updateRefs([{ name, beforeOid: ZEROS, afterOid: await probe.commit(oid) }]);
  return judged(!applied(answer) && (await probe.settles(name, oid)) !== null, words(answer));
}

async function asserts(probe: Probe): Promise<Finding> {
  const folder = `${probe.root}p24`;
  const fixed = await made(probe, `${folder}/fixed`);
  const next = await probe.commit();
  const stays = { name: `${folder}/fixed`, beforeOid: fixed, afterOid: fixed };
  const right = await probe.updateRefs([
    stays,
    { name: `${folder}/right`, beforeOid: ZEROS, afterOid: next },
  ]);
  const wrong = await probe.updateRefs([
    { ...stays, beforeOid: next, afterOid: next },
    { name: `${folder}/wrong`, beforeOid: ZEROS, afterOid: next },
  ]);
  const good = applied(right) && !applied(wrong) && (await probe.settles(`${folder}/wrong`, null)) !== null;
  return judged(good, `where it holds: ${words(right)}; where it does not: ${words(wrong)}`);
}

async function withoutForce(probe: Probe): Promise<Finding> {
  const name = `${probe.root}p25`;
  const oid = await made(probe, name);
  const answer = await probe.updateRefs([{ name, beforeOid: oid, afterOid: await probe.commit() }]);
  return judged(!applied(answer) && (await probe.settles(name, oid)) !== null, words(answer));
}

async function inTheWay(probe: Probe): Promise<Finding> {
  const oid = await made(probe, `${probe.root}p26`);
  const answer = await probe.updateRefs([
    { name: `${probe.root}p26/below`, beforeOid: ZEROS, afterOid: oid },
  ]);
  return judged(!applied(answer) && (await probe.settles(`${probe.root}p26`, oid)) !== null, words(answer));
}

const RACES = 3;

async function race(probe: Probe): Promise<Finding> {
  const got: string[] = [];
  let good = true;
  for (let round = 0; round < RACES; round++) {
    const name = `${probe.root}p27/${round}`;
    const marker = `${name}-holder`;
    const base = await made(probe, name);
    const children = [await probe.commit(base), await probe.commit(base), await probe.commit(base)];
    const answers = await Promise.all(
      children.map((oid) => {
        const log = { name, beforeOid: base, afterOid: oid };
        return probe.updateRefs([log, { name: marker, beforeOid: ZEROS, afterOid: oid }], true);
      }),
    );
    const winners = children.filter((_, n) => answers[n] !== undefined && applied(answers[n]));
    const winner = winners[0] ?? null;
    const settled =
      (await probe.settles(name, winner)) !== null && (await probe.settles(marker, winner)) !== null;
    good &&= winners.length === 1 && settled;
    got.push(`${winners.length} of 3`);
  }
  return judged(good, `three at once, ${RACES} times, applied: ${got.join(", ")}`);
}

async function query(probe: Probe, field: string): Promise<Answer> {
  const [owner, name] = probe.api.settings.repository.split("/");
  const text = `query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { ${field} } }`;
  return probe.api.graphql(text, { owner, name });
}

async function readsByName(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p28`;
  const oid = await made(probe, ref);
  if ((await probe.settles(ref, oid)) === null) throw new Broken("the ref never came into sight");
  const answer = await query(probe, `ref(qualifiedName: ${JSON.stringify(ref)}) { target { oid } }`);
  const found = digText(answer.body, "data", "repository", "ref", "target", "oid");
  if (found === oid) return noted("found: the ref could be read beside others in one query");
  return noted(found === undefined ? `not found: ${said(answer)}` : `another commit: ${found}`);
}

async function readsByExpression(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p29`;
  const oid = await made(probe, ref);
  if ((await probe.settles(ref, oid)) === null) throw new Broken("the ref never came into sight");
  const commit = "... on Commit { oid message committedDate parents(first: 1) { nodes { oid } } }";
  const byName = await query(probe, `object(expression: ${JSON.stringify(ref)}) { ${commit} }`);
  const byOid = await query(probe, `object(expression: ${JSON.stringify(oid)}) { ${commit} }`);
  const found = (answer: Answer) => {
    const object = dig(answer.body, "data", "repository", "object");
    return digText(object, "oid") === oid ? "found" : `not found (${said(answer)})`;
  };
  return noted(`by the ref's name: ${found(byName)}; by the oid: ${found(byOid)}`);
}

const REFUSED = "an error with HTTP 200, nothing changed";

export const graphqlRefPoints: readonly Point[] = [
  point(20, "`updateRefs` creates a ref of ours", "applied", creates),
  point(21, "It moves and deletes one", "applied", ifItWorks(movesAndDeletes)),
  point(22, "One of three changes does not match", REFUSED, ifItWorks(allOrNone)),
  point(23, "The ref must not exist, and does", "an error, nothing changed", ifItWorks(mustNotExist)),
  point(24, "`beforeOid` and `afterOid` the same", "asserts that the ref is there", ifItWorks(asserts)),
  point(25, "Not a fast-forward, without `force`", "an error, nothing changed", ifItWorks(withoutForce)),
  point(26, "A ref below another", "an error, nothing changed", ifItWorks(inTheWay)),
  point(
    27,
    "Transactions of log and holder that race",
    "one applied, both refs at its commit",
    ifItWorks(race),
  ),
  point(28, "`repository.ref` of such a ref", "unknown; not used", readsByName),
  point(29, "`repository.object` of such a ref", "unknown; a read over REST does as well", readsByExpression),
];
