/**
 * The points about git refs over REST: what is accepted, and in which words the rest is refused.
 */
import { type Answer, dig, digText, said } from "./api.ts";
import { type Finding, judged, notTried, outOfReach, type Point, point } from "./point.ts";
import { applied, Broken, type Probe, ZEROS } from "./probe.ts";

function post(probe: Probe, ref: string, sha: string, unpaced = false): Promise<Answer> {
  return probe.api.request("POST", "git/refs", { body: { ref, sha }, unpaced });
}

function patch(probe: Probe, ref: string, sha: string, unpaced = false): Promise<Answer> {
  const body = { sha, force: false };
  return probe.api.request("PATCH", `git/refs/${ref.replace("refs/", "")}`, { body, unpaced });
}

function refused(answer: Answer, status: number, text: RegExp): Finding {
  return judged(answer.status === status && text.test(answer.text), said(answer));
}

async function accepted(probe: Probe): Promise<Finding> {
  const answer = await post(probe, `${probe.root}p1`, await probe.commit());
  return judged(answer.status === 201, said(answer));
}

async function notABranch(probe: Probe): Promise<Finding> {
  await probe.create(`${probe.root}p2`, await probe.commit());
  const answer = await probe.api.request("GET", "branches?per_page=100");
  if (!Array.isArray(answer.body)) return notTried(`the branches cannot be listed: ${said(answer)}`);
  const found = answer.text.includes("reflock-probe");
  return judged(!found, found ? "listed as a branch" : `${answer.body.length} branches, none of them ours`);
}

/** The protocol's version 0 answers a plain GET with every ref that a fetch could ask for. */
async function advertised(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p3`;
  await probe.create(ref, await probe.commit());
  const basic = Buffer.from(`x-access-token:${probe.api.settings.token}`).toString("base64");
  const url = `${probe.about.gitUrl}/info/refs?service=git-upload-pack`;
  const answer = await fetch(url, {
    headers: { authorization: `Basic ${basic}`, "user-agent": "git/reflock-probe" },
  });
  const text = await answer.text();
  if (!answer.ok) return notTried(`${answer.status} from ${url}`);
  return judged(text.includes(ref), text.includes(ref) ? "in the advertisement" : "not in the advertisement");
}

async function startsNothing(probe: Probe): Promise<Finding> {
  const oid = await probe.commit();
  await probe.create(`${probe.root}p4`, oid);
  const answer = await probe.api.request("GET", `actions/runs?head_sha=${oid}`);
  const count = dig(answer.body, "total_count");
  if (typeof count !== "number") return notTried(`the runs cannot be listed: ${said(answer)}`);
  return judged(count === 0, `${count} runs of the new commit`);
}

async function rulesets(probe: Probe): Promise<Finding> {
  const answer = await probe.api.request("GET", "rulesets?includes_parents=true");
  if (!Array.isArray(answer.body)) return notTried(`the rulesets cannot be listed: ${said(answer)}`);
  const active = answer.body.filter((ruleset: unknown) => digText(ruleset, "enforcement") === "active");
  if (active.length === 0) return notTried("no ruleset is active in this repository");
  const names = active.map(
    (ruleset) => `${digText(ruleset, "target")} ruleset “${digText(ruleset, "name")}”`,
  );
  const created = await post(probe, `${probe.root}p5`, await probe.commit());
  return judged(created.status === 201, `under ${names.join(", ")}: ${said(created)}`);
}

async function exists(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p6`;
  await probe.create(ref, await probe.commit());
  return refused(await post(probe, ref, await probe.commit()), 422, /Reference already exists/);
}

async function inTheWay(probe: Probe): Promise<Finding> {
  const oid = await probe.commit();
  await probe.create(`${probe.root}p7/a`, oid);
  await probe.create(`${probe.root}p7/b/c`, oid);
  const below = await post(probe, `${probe.root}p7/a/b`, oid);
  const above = await post(probe, `${probe.root}p7/b`, oid);
  const good = [below, above].every(
    (answer) => answer.status === 422 && /Reference update failed/.test(answer.text),
  );
  return judged(good, `below a ref: ${said(below)}; above a ref: ${said(above)}`);
}

async function objectMissing(probe: Probe): Promise<Finding> {
  return refused(await post(probe, `${probe.root}p9`, "12345678".repeat(5)), 422, /Object does not exist/);
}

async function tooFewSlashes(probe: Probe): Promise<Finding> {
  const answer = await post(probe, "refs/reflock-probe", await probe.commit());
  if (answer.status === 201) await probe.api.request("DELETE", "git/refs/reflock-probe");
  return judged(answer.status === 422, said(answer));
}

async function emptyRepository(probe: Probe): Promise<Finding> {
  const repository = probe.about.emptyRepository;
  if (repository === undefined)
    return notTried("PROBE_EMPTY_REPOSITORY names no repository without a commit");
  const body = { ref: "refs/reflock-probe/empty", sha: "12345678".repeat(5) };
  const answer = await probe.api.request("POST", "git/refs", { body, repository });
  return refused(answer, 409, /Git Repository is empty/);
}

async function exactRead(probe: Probe): Promise<Finding> {
  const oid = await probe.commit();
  await probe.create(`${probe.root}p12/lock`, oid);
  await probe.settles(`${probe.root}p12/lock`, oid);
  const answers = [];
  for (const name of ["p12/lock", "p12/loc", "p12"]) {
    answers.push(await probe.api.request("GET", `git/ref/${`${probe.root}${name}`.replace("refs/", "")}`));
  }
  const statuses = answers.map((answer) => answer.status).join(", ");
  return judged(statuses === "200, 404, 404", `the ref, a part of its name, its folder: ${statuses}`);
}

/** More refs than a page of any other list would hold. */
const CROWD = 40;

async function wholeList(probe: Probe): Promise<Finding> {
  const oid = await probe.commit();
  const names = Array.from({ length: CROWD }, (_, n) => `${probe.root}p13/x/${n}`);
  const atOnce = await probe.updateRefs(names.map((name) => ({ name, beforeOid: ZEROS, afterOid: oid })));
  if (!applied(atOnce)) for (const name of names) await probe.create(name, oid);
  await probe.create(`${probe.root}p13/xy`, oid);
  await probe.settles(`${probe.root}p13/xy`, oid);
  const prefix = `${probe.root}p13/x`.replace("refs/", "");
  const wide = await probe.api.request("GET", `git/matching-refs/${prefix}`);
  const narrow = await probe.api.request("GET", `git/matching-refs/${prefix}/`);
  const none = await probe.api.request("GET", `git/matching-refs/${prefix}yz/`);
  const counts = [wide, narrow, none].map((answer) =>
    Array.isArray(answer.body) ? answer.body.length : said(answer),
  );
  const got = `x: ${counts[0]}, x/: ${counts[1]}, a prefix of nothing: ${counts[2]}`;
  return judged(counts.join() === `${CROWD + 1},${CROWD},0`, got);
}

async function fastForwardOnly(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p14`;
  const base = await probe.commit();
  await probe.create(ref, base);
  const forward = await patch(probe, ref, await probe.commit(base));
  const sideways = await patch(probe, ref, await probe.commit(base));
  const good = forward.status === 200 && sideways.status === 422 && /not a fast forward/i.test(sideways.text);
  return judged(good, `to a child: ${said(forward)}; to its sibling: ${said(sideways)}`);
}

const RACES = 3;

async function patchRace(probe: Probe): Promise<Finding> {
  const got: string[] = [];
  let good = true;
  for (let race = 0; race < RACES; race++) {
    const ref = `${probe.root}p15/${race}`;
    const base = await probe.commit();
    await probe.create(ref, base);
    const children = [await probe.commit(base), await probe.commit(base), await probe.commit(base)];
    const answers = await Promise.all(children.map((oid) => patch(probe, ref, oid, true)));
    const winners = children.filter((_, n) => answers[n]?.status === 200);
    good &&= winners.length === 1 && (await probe.settles(ref, winners[0] ?? null)) !== null;
    got.push(answers.map((answer) => answer.status).join("/"));
  }
  return judged(good, `three at once, ${RACES} times: ${got.join(", ")}`);
}

async function patchAbsentObject(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p16`;
  const oid = await probe.commit();
  await probe.create(ref, oid);
  const answer = await patch(probe, ref, "12345678".repeat(5));
  if ((await probe.settles(ref, oid)) === null) return judged(false, `${said(answer)}, and the ref moved`);
  return judged(answer.status === 500, said(answer));
}

async function deleteAbsent(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p17`;
  await probe.create(ref, await probe.commit());
  const path = `git/refs/${ref.replace("refs/", "")}`;
  const first = await probe.api.request("DELETE", path);
  if (first.status !== 204) return judged(false, `a ref that is there: ${said(first)}`);
  const second = await probe.api.request("DELETE", path);
  const good = second.status === 422 && /Reference does not exist/.test(second.text);
  return judged(good, `there: ${first.status}; gone: ${said(second)}`);
}

async function encodedSlashes(probe: Probe): Promise<Finding> {
  const ref = `${probe.root}p18/a`;
  const oid = await probe.commit();
  await probe.create(ref, oid);
  if ((await probe.settles(ref, oid)) === null) throw new Broken("the ref never came into sight");
  const encoded = encodeURIComponent(ref.replace("refs/", ""));
  const read = await probe.api.request("GET", `git/ref/${encoded}`);
  const body = { sha: await probe.commit(oid), force: false };
  const moved = await probe.api.request("PATCH", `git/refs/${encoded}`, { body });
  const gone = await probe.api.request("DELETE", `git/refs/${encoded}`);
  const statuses = [read, moved, gone].map((answer) => answer.status).join(", ");
  return judged(statuses === "200, 200, 204", `GET, PATCH, DELETE: ${statuses}`);
}

async function encodedNames(probe: Probe): Promise<Finding> {
  const longest = "=F0=9F=94=92".repeat(16) + "x".repeat(8);
  const got: string[] = [];
  let good = true;
  for (const name of ["caf=C3=A9", "a=2Fb=2Elock", longest]) {
    const ref = `${probe.root}p19/${name}/log/1`;
    const oid = await probe.commit();
    const answer = await post(probe, ref, oid);
    good &&= answer.status === 201 && (await probe.settles(ref, oid)) !== null;
    got.push(`${name.length} characters: ${said(answer)}`);
  }
  return judged(good, got.join("; "));
}

export const restRefPoints: readonly Point[] = [
  point(1, "A ref in a namespace of its own", "201", accepted),
  point(2, "Such a ref among the branches", "not listed", notABranch),
  point(3, "Such a ref over the git protocol", "advertised", advertised),
  point(4, "Workflows that its creation starts", "none", startsNothing),
  point(5, "Branch and tag rulesets", "do not match it", rulesets),
  point(6, "Creating a ref that exists", "422 Reference already exists", exists),
  point(7, "A ref above or below another", "422 Reference update failed", inTheWay),
  outOfReach(
    8,
    "“Reference update failed” for no known reason",
    "now and then",
    "cannot be provoked; the text is not trusted",
  ),
  point(9, "A ref to a missing object", "422 Object does not exist", objectMissing),
  point(10, "A name with one slash", "422", tooFewSlashes),
  point(11, "A repository without a commit", "409 Git Repository is empty.", emptyRepository),
  point(12, "GET git/ref", "exact, or 404", exactRead),
  point(13, "GET git/matching-refs", `everything with that prefix, in one page`, wholeList),
  point(14, "PATCH without force", "422 Update is not a fast forward", fastForwardOnly),
  point(15, "PATCHes to siblings that race", "one 200, and the ref is there", patchRace),
  point(16, "PATCH to a missing object", "500, the ref unmoved", patchAbsentObject),
  point(17, "DELETE of an absent ref", "422 Reference does not exist", deleteAbsent),
  point(18, "`%2F` for the slashes of a ref", "accepted", encodedSlashes),
  point(19, "Encoded names, up to 200 bytes", "201", encodedNames),
];
