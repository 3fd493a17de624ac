/**
 * Bundles the entry points into dist/, readable, with the licence texts of what is bundled.
 * `--check` builds into memory and fails when dist/ on disk is anything else.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

/**
 * `@actions/core` re-exports an HTTP client and `@actions/github` a whole Octokit, and neither declares itself free of side effects. Declaring
 * it for them lets esbuild leave out what is not used: 38 ms of start-up, most of it undici.
 */
const withoutSideEffects: Plugin = {
  name: "without-side-effects",
  setup(context) {
    context.onResolve({ filter: /^@actions\/|^undici$|^\./ }, async (args) => {
      const isTheirs =
        /[\\/]node_modules[\\/]@actions[\\/]/.test(args.importer) || args.path.startsWith("@actions/");
      if (args.pluginData === "resolved" || !isTheirs) return null;
      const { resolveDir, kind, importer } = args;
      const options = { resolveDir, kind, importer, pluginData: "resolved" };
      return { ...(await context.resolve(args.path, options)), sideEffects: false };
    });
  },
};

/** esbuild splits by whole files: what proxy.ts imports would be loaded at every start if it were not a bundle of its own. */
const proxyApart: Plugin = {
  name: "proxy-apart",
  setup(context) {
    context.onResolve({ filter: /\/proxy\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./proxy.js", external: true } : null,
    );
  },
};

function bundle(entries: Pick<BuildOptions, "entryPoints" | "outdir" | "splitting">) {
  return build({
    ...entries,
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    chunkNames: "shared/[name]-[hash]",
    legalComments: "none",
    metafile: true,
    write: false,
    plugins: [withoutSideEffects, proxyApart],
    // What CommonJS packages inside the bundle call `require` has to come from somewhere in an ES module.
    banner: {
      js: 'import { createRequire as reflockCreateRequire } from "node:module";\nconst require = reflockCreateRequire(import.meta.url);',
    },
  });
}

/** The licence texts of every package of which a line is in the bundle, in one file. */
function licences(metafiles: readonly Metafile[]): string {
  const packages = new Set<string>();
  for (const output of metafiles.flatMap(({ outputs }) => Object.values(outputs))) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
      if (found !== undefined && bytesInOutput > 0) packages.add(found);
    }
  }
  return [...packages]
    .sort()
    .map(licenceOf)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function licenceOf(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
  const file = readdirSync(join(ROOT, folder)).find((name) => /^licen[cs]e/i.test(name));
  const text =
    file === undefined ? `Licence: ${manifest.license}` : readFileSync(join(ROOT, folder, file), "utf8");
  return `${manifest.name} ${manifest.version}\n\n${text.replaceAll("\r\n", "\n").trim()}\n`;
}

async function outputs(): Promise<Map<string, string>> {
  const results = await Promise.all([
    bundle({ entryPoints: ["src/main.ts", "src/post.ts"], outdir: "dist", splitting: true }),
    bundle({ entryPoints: ["src/github/proxy.ts"], outdir: "dist/shared" }),
  ]);
  const files = results.flatMap(({ outputFiles }) => outputFiles);
  const texts = files.map(({ path, text }) => [relative(DIST, path).replaceAll("\\", "/"), text] as const);
  return new Map([...texts, ["licences.txt", licences(results.map(({ metafile }) => metafile))]]);
}

function onDisk(): Map<string, string> {
  try {
    const entries = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const paths = entries.map((entry) => join(entry.parentPath, entry.name));
    return new Map(
      paths.map((path) => [relative(DIST, path).replaceAll("\\", "/"), readFileSync(path, "utf8")]),
    );
  } catch {
    return new Map();
  }
}

function write(files: Map<string, string>): void {
  rmSync(DIST, { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(dirname(join(DIST, name)), { recursive: true });
    writeFileSync(join(DIST, name), text);
  }
}

const built = await outputs();
if (process.argv.includes("--check")) {
  const committed = onDisk();
  const stale = new Set([...built.keys(), ...committed.keys()]);
  for (const name of stale) if (built.get(name) === committed.get(name)) stale.delete(name);
  if (stale.size > 0) {
    console.error(`dist/ is out of date (${[...stale].join(", ")}). Run: npm run build`);
    process.exitCode = 1;
  }
} else {
  write(built);
  for (const [name, text] of built) console.log(`dist/${name}  ${(text.length / 1024).toFixed(1)} KB`);
}
