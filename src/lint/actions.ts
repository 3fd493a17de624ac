/**
 * Which actions publish, as a table, and those that run a script that they are given.
 * Owns what each action is asked for by its inputs; must not know what a command does.
 */

interface KnownAction {
  /** Owner and name, with the folder where there is one; tried without regard to case. */
  readonly uses: RegExp;
  /** It publishes only if one of these inputs says so: a literal like this, or an expression. */
  readonly asked?: Readonly<Record<string, RegExp>>;
  /** It does not if this input is true. */
  readonly spared?: string;
  /** Rather a command or a script, to be read like any: `{input}` stands for what is given, `{input|…}` for that or a default. */
  readonly script?: string;
}

const TRUE = /^true$/i;
const ANY = /./;

export const ACTIONS: readonly KnownAction[] = [
  // Packages of languages
  { uses: /^pypa\/gh-action-pypi-publish$/ },
  { uses: /^js-devtools\/npm-publish$/, spared: "dry-run" },
  { uses: /^changesets\/action$/, asked: { publish: ANY } },
  { uses: /^cycjimmy\/semantic-release-action$/, spared: "dry_run" },
  {
    uses: /^(go-semantic-release|codfish|relekang\/python|python-semantic-release)\/\S*semantic-release\S*$/,
    spared: "dry",
  },
  { uses: /^release-plz\/action$/, script: "release-plz {command|release}" },
  { uses: /^katyo\/publish-crates$/, spared: "dry-run" },
  { uses: /^pyo3\/maturin-action$/, script: "maturin {command|build} {args}" },
  { uses: /^actions-rs\/cargo$/, script: "cargo {command} {args}" },
  { uses: /^rubygems\/release-gem$/ },
  { uses: /^(dawidd6\/action-publish-gem|cadwallion\/publish-rubygems-action)$/ },
  { uses: /^samuelmeuli\/action-maven-publish$/ },
  {
    uses: /^(gradle\/gradle-build-action|gradle\/actions\/setup-gradle|burrunan\/gradle-cache-action|eskatos\/gradle-command-action)$/,
    script: "gradle {arguments}",
  },
  { uses: /^(haaleo\/publish-vscode-extension|lannonbr\/vsce-action)$/, spared: "dryrun" },
  { uses: /^(brandedoutcast\/publish-nuget|alirezanet\/publish-nuget|rohith\/publish-nuget)$/ },
  // Containers and charts
  { uses: /^docker\/build-push-action$/, asked: { push: TRUE, outputs: /type=registry|push=true/ } },
  { uses: /^docker\/bake-action(\/\S+)?$/, asked: { push: TRUE, set: /output=type=registry|push=true/ } },
  {
    uses: /^(redhat-actions\/push-to-registry|elgohr\/publish-docker-github-action|mr-smithers-excellent\/docker-build-push)$/,
    spared: "dry-run",
  },
  { uses: /^(helm\/chart-releaser-action|stefanprodan\/helm-gh-pages)$/ },
  // Releases, tags and pages
  {
    uses: /^(softprops\/action-gh-release|ncipollo\/release-action|marvinpinto\/action-automatic-releases)$/,
  },
  {
    uses: /^(actions\/create-release|actions\/upload-release-asset|svenstaro\/upload-release-action|alexellis\/upload-assets)$/,
  },
  { uses: /^(googleapis|google-github-actions)\/release-please-action$/, spared: "skip-github-release" },
  { uses: /^goreleaser\/goreleaser-action$/, spared: "install-only", script: "goreleaser {args|release}" },
  { uses: /^jreleaser\/release-action$/, script: "jreleaser {arguments|full-release}" },
  { uses: /^(mathieudutour|anothrnick|rickstaa|paulhatch)\/\S*tag\S*$/, spared: "dry_run" },
  { uses: /^ad-m\/github-push-action$/, asked: { tags: TRUE, branch: /^(gh-pages|refs\/tags\/)/ } },
  { uses: /^stefanzweifel\/git-auto-commit-action$/, asked: { tagging_message: ANY, tag_name: ANY } },
  { uses: /^endbug\/add-and-commit$/, asked: { tag: ANY, tag_push: ANY } },
  { uses: /^actions\/deploy-pages$/ },
  { uses: /^peaceiris\/actions-gh-pages$/ },
  { uses: /^jamesives\/github-pages-deploy-action$/, spared: "dry-run" },
  { uses: /^crazy-max\/ghaction-github-pages$/, spared: "dry_run" },
  {
    uses: /^actions\/github-script$/,
    asked: { script: /\.repos\.createRelease\(|\.uploadReleaseAsset\(|ref:\s*[`'"]refs\/tags\// },
  },
  // Places in the cloud
  { uses: /^(jakejarvis\/s3-sync-action|reggionick\/s3-deploy|shallwefootball\/s3-upload-action)$/ },
  {
    uses: /^aws-actions\/(amazon-ecs-deploy-task-definition|aws-cloudformation-github-deploy|aws-lambda-deploy)$/,
    spared: "dry-run",
  },
  {
    uses: /^google-github-actions\/(deploy-cloudrun|deploy-appengine|deploy-cloud-functions|upload-cloud-storage)$/,
  },
  {
    uses: /^azure\/(webapps-deploy|functions-action|k8s-deploy|container-apps-deploy-action|static-web-apps-deploy)$/,
  },
  { uses: /^(firebaseextended\/action-hosting-deploy)$/, asked: { channelid: /^live$/i } },
  { uses: /^w9jds\/firebase-action$/, script: "firebase {args}" },
  { uses: /^cloudflare\/wrangler-action$/, script: "wrangler {command|deploy}" },
  { uses: /^cloudflare\/pages-action$/ },
  { uses: /^superfly\/flyctl-actions$/, script: "flyctl {args}" },
  { uses: /^akhileshns\/heroku-deploy$/ },
  { uses: /^pulumi\/actions$/, script: "pulumi {command}" },
  { uses: /^dflook\/(terraform|tofu)-(apply|destroy|destroy-workspace)$/ },
  { uses: /^snapcore\/action-publish$/ },
  {
    uses: /^(burnett01\/rsync-deployments|easingthemes\/ssh-deploy|appleboy\/scp-action|samkirkland\/ftp-deploy-action)$/,
    spared: "dry-run",
  },
  // What runs a script that it is given
  { uses: /^nick-fields\/retry$|^nick-invision\/retry$/, script: "{command}" },
  { uses: /^wandalen\/wretry\.action(\/\S+)?$/, script: "{command}" },
  { uses: /^appleboy\/ssh-action$/, script: "{script}" },
  { uses: /^azure\/cli$/, script: "{inlinescript}" },
  { uses: /^addnab\/docker-run-action$/, script: "{run}" },
];

/** What an action does with the inputs that it is given. */
export type Deed =
  | { readonly kind: "publishes" }
  | { readonly kind: "runs"; readonly script: string }
  | { readonly kind: "nothing" };

/** @param given inputs by their names in lower case */
export function deedOf(uses: string, given: ReadonlyMap<string, string>): Deed {
  const name = uses.replace(/@.*$/, "").toLowerCase();
  const action = ACTIONS.find((known) => known.uses.test(name));
  if (action === undefined) return { kind: "nothing" };
  const { asked, spared, script } = action;
  if (spared !== undefined && TRUE.test(given.get(spared) ?? "")) return { kind: "nothing" };
  if (script !== undefined) return { kind: "runs", script: filled(script, given) };
  const isAsked =
    asked === undefined || Object.entries(asked).some(([input, like]) => says(given.get(input), like));
  return { kind: isAsked ? "publishes" : "nothing" };
}

/** An expression may come out as anything. */
function says(text: string | undefined, like: RegExp): boolean {
  return (
    text !== undefined && text !== "" && !/^false$/i.test(text) && (like.test(text) || text.includes("${{"))
  );
}

function filled(script: string, given: ReadonlyMap<string, string>): string {
  return script.replaceAll(
    /\{(\w+)(?:\|([^}]*))?\}/g,
    (_, input: string, otherwise = "") => given.get(input) || otherwise,
  );
}
