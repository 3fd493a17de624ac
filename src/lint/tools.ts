/**
 * Which commands publish, as a table.
 * Owns what each tool is called and how it is told to publish; must not know where a command was found.
 */

export interface Tool {
  readonly names: string;
  /** Tried on the words that are no options, with one space between and none in them. */
  readonly does: RegExp;
  /** Options that take the next word, where they may stand before what says what is done. */
  readonly valued?: string;
  /** One of the words must be like this, or it does not publish. */
  readonly needs?: RegExp;
  /** A word like this, or an option with its value, and it does not publish. */
  readonly unless?: RegExp;
}

const GIT_OPTIONS = "-C -c --git-dir --work-tree -o --push-option --receive-pack";
const AWS_OPTIONS = "--profile --region --endpoint-url --output --query";

export const TOOLS: readonly Tool[] = [
  // Packages of languages
  {
    names: "npm bun",
    does: /^publish( |$)/,
    valued: "--prefix -C --cwd -w --workspace --userconfig --registry",
  },
  { names: "pnpm", does: /^publish( |$)/, valued: "--filter -F -C --dir --prefix" },
  {
    names: "yarn",
    does: /^(workspace \S+ |workspaces foreach )?(npm )?publish( |$)/,
    valued: "--cwd --from --include --exclude",
  },
  { names: "lerna", does: /^publish( |$)/ },
  { names: "changeset", does: /^publish( |$)/ },
  {
    names: "semantic-release release-it np",
    does: /^/,
    unless: /^(-d|--preview|--release-version|--changelog)$/,
  },
  { names: "auto", does: /^(shipit|release|latest|next|canary)( |$)/ },
  {
    names: "nx",
    does: /^release(?! (version|changelog|plan))( |$)/,
    unless: /^--(skip-publish|skipPublish)$/,
  },
  { names: "jsr deno", does: /^publish( |$)/ },
  { names: "twine", does: /^upload( |$)/ },
  {
    names: "poetry flit hatch uv pdm rye maturin",
    does: /^(publish|upload)( |$)/,
    valued: "-C --directory --project -P -e --env",
  },
  { names: "setup.py", does: /(^| )upload( |$)/ },
  { names: "conda anaconda", does: /^upload( |$)/, valued: "-t --token -s --site" },
  {
    names: "cargo",
    does: /^(\+\S+ )?(publish|workspaces publish)( |$)/,
    valued: "--manifest-path --config -Z",
    unless: /^-n$/,
  },
  { names: "cargo", does: /^(release|smart-release)( |$)/, needs: /^(-x|--execute)$/ },
  { names: "release-plz", does: /^release( |$)/ },
  { names: "gem", does: /^push( |$)/ },
  { names: "rake", does: /(^| )(release|gem:push|release:rubygem_push)( |$)/ },
  {
    names: "mvn",
    does: /(^| )(deploy|\S*deploy:deploy(-file)?|release:perform|nexus-staging:\S+|central-publishing:publish|\S*jib\S*:build|jreleaser:(full-release|publish|upload|deploy))( |$)/,
    valued: "-f --file -P --activate-profiles -pl --projects -s --settings -T",
    unless: /^-D(maven\.deploy\.skip|skipDeploy)(=true)?$/,
  },
  {
    names: "gradle",
    does: /(^| |:)(publish(?!\S*ToMavenLocal)[A-Z]?\S*|upload(Archives|Pages)|bintrayUpload|artifactoryPublish|closeAndRelease\S*|jreleaser(FullRelease|Publish|Upload|Deploy)|jib|githubRelease)( |$)/,
    valued: "-b -c -p --project-dir -I --init-script -x --exclude-task",
    unless: /^-m$/,
  },
  {
    names: "sbt mill",
    does: /(^| |;|\/|\.)(\+?publish(Signed)?|ci-release|sonatype\w*Release|sonaRelease|publishAll)(?=[ ;]|$)/,
  },
  { names: "lein", does: /^deploy( |$)/ },
  { names: "dotnet", does: /^nuget push( |$)/ },
  { names: "nuget choco", does: /^push( |$)/ },
  { names: "mix", does: /^hex\.publish( |$)/ },
  { names: "rebar3", does: /^hex publish( |$)/ },
  { names: "dart flutter", does: /^pub publish( |$)/ },
  { names: "pod", does: /^(trunk|repo) push( |$)/ },
  { names: "cabal", does: /^upload( |$)/, needs: /^--publish$/ },
  { names: "stack luarocks conan", does: /^upload( |$)/ },
  { names: "opam", does: /^publish( |$)/ },
  { names: "vsce ovsx", does: /^publish( |$)/ },
  { names: "Publish-Module Publish-PSResource", does: /^/ },
  // Containers and charts
  {
    names: "docker podman nerdctl",
    does: /^(image |compose |manifest )?push( |$)|^buildx imagetools create( |$)/,
    valued: "--context -c --config -H --host -l --log-level -f --file -p --project-name",
  },
  {
    names: "docker podman nerdctl",
    does: /^(buildx |image |builder )?(build|bake)( |$)/,
    needs: /^--push$|type=registry|push=true/,
  },
  { names: "docker-compose buildah", does: /^push( |$)/, valued: "-f --file -p --project-name" },
  {
    names: "crane oras flux regctl",
    does: /^((image|artifact|index) )?(push|copy|cp|append|mutate|tag|attach|create)( |$)/,
  },
  { names: "skopeo", does: /^(copy .* docker:\/\/|sync )/ },
  { names: "ko", does: /^(build|publish|apply|resolve)( |$)/, unless: /^(--push=false|--local|-L)$/ },
  {
    names: "helm",
    does: /^(push|upgrade|install|rollback|cm-push|s3 push)( |$)/,
    valued: "-n --namespace --kube-context --kubeconfig",
  },
  { names: "cr", does: /^(upload|index)( |$)/ },
  // Archives of distributions
  {
    names: "reprepro",
    does: /^([./]\S* )?(include\w*|processincoming|export|pull|update|remove\w*|copy\w*|move\w*|restore\w*|clearvanished|deleteunreferenced|rerunnotifiers|gensnapshot)( |$)/,
    valued:
      "-b --basedir -C --component -A --architecture -S --section -P --priority -T --type --outdir --confdir --dbdir --distdir --listdir --logdir --morguedir --gnupghome",
  },
  { names: "aptly", does: /^publish (repo|snapshot|switch|update|drop)( |$)/, valued: "-config" },
  { names: "dput dupload dcut", does: /./, unless: /^(-s|-C|--check-only)$/ },
  { names: "snapcraft", does: /^(upload|push|release|promote)( |$)/ },
  // Releases, tags and pages
  { names: "gh", does: /^release (create|upload|edit|delete)( |$)/, valued: "-R --repo" },
  {
    names: "gh",
    does: /^api \S*\/releases( |$)/,
    needs: /^(-f|-F|--field|--raw-field|--input|-XPOST|POST)$/,
    valued: "-R --repo -X --method -f -F --field --raw-field -H --header --input",
  },
  { names: "glab hub", does: /^release (create|upload|edit)( |$)/ },
  {
    names: "goreleaser",
    does: /^(release|publish)?( |$)/,
    valued: "-f --config --skip --timeout -p --parallelism",
    unless: /^--(snapshot|prepare|skip[= ]\S*publish\S*|skip-publish)$/,
  },
  { names: "release-please", does: /^(github-release|release-pr)( |$)/ },
  { names: "jreleaser", does: /^(full-release|release|publish|upload|deploy)( |$)/ },
  {
    names: "git",
    does: /^push \S+ (\S+ )*?((\+|\S+:)?(v?\d+\.\S*|v\d+|v?\$[^\s:/]*(tag|version)[^\s:/]*)|\S*refs\/tags\/\S*|tag \S+|\S*gh-pages)( |$)/i,
    valued: GIT_OPTIONS,
    unless: /^-n$/,
  },
  {
    names: "git",
    does: /^push( |$)/,
    needs: /^--(tags|follow-tags|mirror)$/,
    valued: GIT_OPTIONS,
    unless: /^-n$/,
  },
  { names: "gh-pages ghp-import", does: /^/, needs: /^(-d|--dist|-p|--push|-\w*p)$/ },
  { names: "mkdocs", does: /^gh-deploy( |$)/ },
  { names: "mike", does: /^(deploy|set-default|delete|alias)( |$)/, needs: /^(-p|--push)$/ },
  { names: "docusaurus", does: /^deploy( |$)/ },
  // Places in the cloud
  {
    names: "aws",
    does: /^s3 (sync|cp|mv) \S.* s3:\/\/|^s3 (sync|cp|mv) (?!s3:)\S+ \$|^s3 rm /,
    valued: AWS_OPTIONS,
  },
  {
    names: "aws",
    does: /^(lambda (update-function-code|publish-version)|cloudformation (deploy|execute-change-set)|ecs update-service|cloudfront create-invalidation|deploy create-deployment)( |$)/,
    valued: AWS_OPTIONS,
  },
  { names: "s3cmd", does: /^(sync|put|mv|cp|del) .*s3:\/\/\S*$/ },
  { names: "rclone", does: /^(sync|copy|copyto|move|moveto) \S+ \S+:\S*$/ },
  { names: "gsutil", does: /(^| )(rsync|cp|mv|rm) .*gs:\/\/\S*$/ },
  {
    names: "gcloud",
    does: /^storage (rsync|cp|mv) .*gs:\/\/\S*$|^((alpha|beta) )?((run|functions|app) deploy|run services (update|replace))( |$)/,
    valued: "--project --account",
  },
  {
    names: "az",
    does: /^(storage blob (upload|upload-batch|sync)|webapp (deploy|up)|functionapp deployment|containerapp (up|update)|acr build|deployment \w+ create)( |$)/,
  },
  { names: "azcopy", does: /^(sync|copy|cp) .*blob\.core/ },
  {
    names: "rsync scp",
    does: / (?![A-Za-z]:\\)([^\s/:]+:|rsync:\/\/)\S*$/,
    valued: "-e --rsh --exclude --include --filter -P -p -i -l -o -F",
    unless: /^(-\w*n\w*|--list-only)$/,
  },
  {
    names: "terraform tofu terragrunt",
    does: /^(run-all )?(apply|destroy)( |$)|^state (push|rm|mv)( |$)|^import( |$)|^run --all (apply|destroy)/,
  },
  { names: "pulumi", does: /^(up|update|destroy)( |$)/, valued: "-C --cwd -s --stack" },
  {
    names: "cdk cdktf serverless sls sam amplify copilot",
    does: /^(deploy|destroy|publish|svc deploy|env deploy)( |$)/,
    valued: "-a --app",
  },
  {
    names: "kubectl oc",
    does: /^(apply|create|replace|patch|delete|scale|set (image|env|resources)|rollout (restart|undo))( |$)/,
    valued: "-n --namespace --context --kubeconfig --cluster --user -s --server",
    unless: /^--dry-run=?(client|server)?$/,
  },
  {
    names: "kapp helmfile",
    does: /^(deploy|apply|sync|destroy|delete)( |$)/,
    valued: "-f --file -e --environment -l --selector -n --namespace",
  },
  { names: "argocd", does: /^app (sync|set|rollback)( |$)/ },
  { names: "vercel", does: /^(deploy)?( |$)/, needs: /^--prod$/, valued: "-t --token -S --scope" },
  { names: "vercel", does: /^(promote|alias)( |$)/, valued: "-t --token -S --scope" },
  { names: "netlify ntl", does: /^deploy( |$)/, needs: /^(-p|--prod|--prod-if-unlocked)$/ },
  { names: "wrangler", does: /^((pages|versions) )?(deploy|publish)( |$)/ },
  { names: "firebase", does: /^(deploy|appdistribution:distribute)( |$)/, valued: "-P --project" },
  { names: "flyctl fly", does: /^deploy( |$)/ },
  { names: "heroku", does: /^container:(push|release)( |$)/ },
  { names: "eas", does: /^(submit|update)( |$)/ },
  { names: "cap kamal", does: /(^| )(deploy|redeploy)( |$)/ },
];

/** Where nothing outside the machine is meant: a cluster that the job has set up for itself. */
export const CLUSTER_TOOLS = /^(kubectl|oc|helm|helmfile|kapp|flux)$/;

/** Asked for, these only show what would be done, or how it is done. */
export const HARMLESS =
  /^(--dry-?run(=(true|1|yes|client|server))?|--dry_run|--help|-h|--version|--what-?if|-WhatIf|--simulate|--print-only)$/;
