import { describe, expect, test } from "vitest";
import { deedOf } from "../../src/lint/actions.ts";
import { commandsOfText } from "../../src/lint/commands.ts";
import { publishes } from "../../src/lint/publishing.ts";

/** What of a script publishes, as it was found. */
function published(script: string): string[] {
  const said = commandsOfText(script, "sh", "", () => null);
  return said.filter(({ words }) => publishes(words)).map(({ words }) => words.join(" "));
}

/** A line for each way to publish; what it is found as stands behind the arrow, where wrappers are taken off. */
const PUBLISHING = `
npm publish --access public
npm --prefix packages/core publish
npm publish "$TARBALL"
pnpm -r publish --no-git-checks
pnpm --filter "@octo/*" publish
yarn publish --new-version 1.2.3
yarn npm publish
yarn workspace @octo/core npm publish
yarn workspaces foreach --all --no-private npm publish
bun publish
lerna publish from-package --yes
npx lerna@8 publish -> lerna publish
pnpm dlx @changesets/cli@2 publish -> changeset publish
pnpm exec changeset publish -> changeset publish
semantic-release
npx -y semantic-release@24 --branches main -> semantic-release --branches main
release-it --ci
nx release publish
nx release --yes
deno publish
npx jsr publish -> jsr publish
twine upload --skip-existing dist/*
python3 -m twine upload dist/* -> twine upload dist/*
.venv/bin/twine upload dist/*
python setup.py sdist upload -> setup.py sdist upload
poetry publish --build
uv publish
uvx twine upload dist/* -> twine upload dist/*
flit publish
hatch publish
maturin upload target/wheels/*
anaconda -t "$T" upload x.conda
cargo publish -p core
cargo +nightly publish
cargo release patch --execute
cargo workspaces publish
release-plz release
gem push app.gem
bundle exec rake release -> rake release
mvn -B deploy
./mvnw -P release -pl core clean deploy
mvn release:prepare release:perform
mvn com.google.cloud.tools:jib-maven-plugin:3.4.0:build
./gradlew publish
gradle -p lib publishAllPublicationsToCentralRepository closeAndReleaseSonatypeStagingRepository
./gradlew :lib:publishPlugins
sbt ci-release
sbt "clean; +publishSigned"
lein deploy clojars
dotnet nuget push out/*.nupkg
nuget.exe push x.nupkg
mix hex.publish --yes
flutter pub publish --force
pod trunk push X.podspec
cabal upload --publish x.tar.gz
vsce publish
docker push ghcr.io/octo/app
docker --context remote push app
docker compose push
docker manifest push app
docker buildx build --push -t app .
docker build -o type=registry .
docker buildx imagetools create -t app:latest app:1
podman push app
crane copy a b
skopeo copy oci:x docker://ghcr.io/octo/app
ko build ./cmd/app
helm push app.tgz oci://ghcr.io/octo
helm -n web upgrade --install app ./chart
reprepro -b /srv/archive includedeb stable x.deb
reprepro -Vb . processincoming default
aptly publish switch stable snap
dput archive x.changes
snapcraft upload --release=stable x.snap
gh release create v1 --notes x
gh -R octo/app release upload v1 x
gh api repos/octo/app/releases -f tag_name=v1
goreleaser release --clean
goreleaser
git push --tags
git push origin --follow-tags
git push origin v1.2.3
git push origin "$TAG"
git push origin "v$VERSION"
git push origin tag nightly
git push --force origin HEAD:refs/tags/nightly
git push origin HEAD:gh-pages
git -C site push origin gh-pages
git -c user.name=x push origin "\${{ steps.tag.outputs.tag }}"
gh-pages -d dist
mkdocs gh-deploy --force
mike deploy --push 1.2 latest
aws s3 sync dist s3://site --delete
aws --profile p s3 cp --recursive dist s3://site
aws s3 cp s3://a/x s3://b/x
aws s3 sync dist "$BUCKET"
aws cloudformation deploy --stack-name x
gsutil -m rsync -r dist gs://site
gcloud storage cp -r dist gs://site
gcloud run deploy app --image x
rclone sync dist remote:site
rsync -az --delete dist/ deploy@host:/srv/www
rsync -e "ssh -p 22" -a dist/ "$HOST:/srv"
scp x.tar.gz host:
terraform apply -auto-approve
terraform -chdir=prod apply plan.bin
tofu apply
terragrunt run-all apply
pulumi up --yes
npx cdk deploy --all -> cdk deploy --all
serverless deploy
kubectl apply -k overlays/prod
kubectl -n web rollout restart deployment/app
kubectl --context prod set image deployment/app app=x
helmfile -e prod sync
argocd app sync app
vercel deploy --prod
vercel --prod --token "$T"
netlify deploy --prod
wrangler deploy
wrangler pages deploy dist
firebase deploy --only hosting
flyctl deploy --remote-only
kamal deploy
npm publish --dry-run=false
npm publish -- --dry-run
`;

const HARMLESS = `
npm ci
npm run publish-docs-preview
npm publish --dry-run
npm publish --dry-run=true
npm publish --help
npm pack
npm view octo publish
npm install publish
pnpm -r publish --dry-run
yarn install publish
yarn workspace @octo/core build
npx semantic-release --dry-run
npx semantic-release -d
changeset version
lerna version
nx release version
twine check dist/*
python -m build
poetry build
uv build
cargo build
cargo publish --dry-run
cargo publish -n
cargo release patch
cargo package
release-plz update
gem build x.gemspec
bundle exec rake spec
mvn -B verify
mvn -Dmaven.deploy.skip deploy
mvn -pl deploy verify
./gradlew publishToMavenLocal
./gradlew build -x publish
./gradlew publish --dry-run
./gradlew :lib:publishMavenPublicationToMavenLocal
sbt publishLocal
dotnet publish -c Release
dotnet pack
docker build -t app .
docker pull app
docker login ghcr.io
docker buildx build --load .
docker compose up
skopeo inspect docker://x
crane digest x
helm template x
helm lint x
helm upgrade app x --dry-run
reprepro -b x list stable
reprepro ls octo
aptly publish list
aptly snapshot create x from mirror y
dput -s archive x.changes
dput --simulate archive x.changes
gh release view v1
gh release download v1
gh api repos/octo/app/releases
gh pr create
goreleaser check
goreleaser build
goreleaser release --snapshot
goreleaser release --skip publish
git push
git push origin main
git push origin HEAD:main
git push origin feature/v2
git push -u origin "release/$VERSION"
git push --dry-run --tags
git tag v1
git fetch --tags
mkdocs build
mike deploy 1.2
aws s3 sync s3://site dist
aws s3 ls s3://site
aws s3 sync dist s3://site --dryrun
aws sts get-caller-identity
gsutil cp gs://a/x .
rclone sync remote:site dist
rsync -a src/ dist/
rsync -avn dist/ host:/srv
rsync -a host:/srv/ dist/
scp host:x .
terraform plan -out apply
terraform fmt apply.tf
terraform init
pulumi preview
cdk diff
kubectl get pods
kubectl apply --dry-run=client -f x
kubectl apply --dry-run server -f x
kubectl -n apply get pods
vercel deploy
vercel pull
netlify deploy
netlify build
wrangler dev
firebase emulators:exec deploy
echo npm publish
printf '%s' "npm publish"
grep -r 'npm publish' .
which npm publish
command -v npm
test -n "npm publish"
true npm publish
cat <<< "npm publish"
`;

function linesOf(text: string): string[][] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.split(" -> "));
}

describe("publishes", () => {
  test.each(linesOf(PUBLISHING))("%s", (command = "", as) => {
    const [found, ...others] = published(command);
    expect(others).toEqual([]);
    expect(found).toBe(as ?? commandsOfText(command, "sh", "", () => null)[0]?.words.join(" "));
  });
});

describe("does not", () => {
  test.each(linesOf(HARMLESS))("%s", (command = "") => {
    expect(published(command)).toEqual([]);
  });
});

describe("runs what publishes", () => {
  test.each([
    "sudo -u deploy -E npm publish",
    "env -u X A=b npm publish",
    "A=b nohup nice -n 5 npm publish",
    "timeout -k 5s 10m npm publish",
    "time npm publish",
    "exec npm publish",
    "command npm publish",
    "bash -c 'npm publish'",
    'sh -ec "cd x; npm publish"',
    "bash -euo pipefail -c 'npm publish' --",
    'eval "npm publish"',
    "eval npm publish",
    "trap 'npm publish' EXIT",
    "su -c 'npm publish' deploy",
    "ssh -p 22 deploy@host npm publish",
    "ssh host 'cd /srv && npm publish'",
    "ssh host <<X\nnpm publish\nX",
    "bash <<'X'\nnpm publish\nX",
    "sh <<< 'npm publish'",
    "ls | xargs -I{} npm publish",
    "find . -name x -exec npm publish {} +",
    "poetry -C api run npm publish",
    "bundle exec npm publish",
    "npm exec -- npm publish",
    "mise exec node@24 -- npm publish",
    "aws-vault exec prod -- npm publish",
    "op run --env-file x -- npm publish",
    "direnv exec . npm publish",
    "nix develop -c npm publish",
    "nix-shell -p nodejs --run 'npm publish'",
    "pwsh -Command npm publish",
    "flock /tmp/x npm publish",
    "if true; then npm publish; fi",
    "x=$(npm publish)",
    'echo "$(npm publish)"',
    "npm publish | tee log",
    "retry npm publish",
  ])("%s", (script) => {
    expect(published(script).map((command) => command.split(" ").slice(0, 2).join(" "))).toEqual([
      "npm publish",
    ]);
  });
});

describe("actions", () => {
  const given = (inputs: Record<string, string>) => new Map(Object.entries(inputs));

  test.each([
    ["pypa/gh-action-pypi-publish@release/v1", {}],
    ["PyPA/gh-action-pypi-publish@v1", {}],
    ["docker/build-push-action@v6", { push: "true" }],
    ["docker/build-push-action@v6", { push: `\${{ github.ref == 'x' }}` }],
    ["docker/build-push-action@v6", { outputs: "type=registry" }],
    ["docker/bake-action@v6", { push: "true" }],
    ["softprops/action-gh-release@v2", {}],
    ["googleapis/release-please-action@v4", {}],
    ["actions/deploy-pages@v4", {}],
    ["peaceiris/actions-gh-pages@v4", {}],
    ["JamesIves/github-pages-deploy-action@v4", {}],
    ["changesets/action@v1", { publish: "pnpm release" }],
    ["stefanzweifel/git-auto-commit-action@v6", { tagging_message: "v1" }],
  ])("%s %o publishes", (uses, inputs) => {
    expect(deedOf(uses, given(inputs)).kind).toBe("publishes");
  });

  test.each([
    ["actions/checkout@v6", {}],
    ["docker/build-push-action@v6", {}],
    ["docker/build-push-action@v6", { push: "false", outputs: "type=docker" }],
    ["docker/setup-buildx-action@v3", {}],
    ["changesets/action@v1", { version: "x" }],
    ["JS-DevTools/npm-publish@v4", { "dry-run": "true" }],
    ["stefanzweifel/git-auto-commit-action@v6", {}],
    ["goreleaser/goreleaser-action@v6", { "install-only": "true" }],
    ["actions/github-script@v8", { script: "core.info('createRelease')" }],
  ])("%s %o does not", (uses, inputs) => {
    expect(deedOf(uses, given(inputs)).kind).toBe("nothing");
  });

  test.each([
    ["goreleaser/goreleaser-action@v6", { args: "release --clean" }, "goreleaser release --clean"],
    ["nick-fields/retry@v3", { command: "npm publish" }, "npm publish"],
    ["cloudflare/wrangler-action@v3", {}, "wrangler deploy"],
    ["gradle/gradle-build-action@v3", { arguments: "publish" }, "gradle publish"],
  ])("%s %o runs a command", (uses, inputs, script) => {
    expect(deedOf(uses, given(inputs as Record<string, string>))).toEqual({ kind: "runs", script });
  });
});
