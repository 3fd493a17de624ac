/**
 * Bundles the entry points into dist/, readable, with the licence texts of what is bundled.
 * `--check` builds into memory and fails when dist/ on disk is anything else.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
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

/**
 * esbuild splits by whole files: what proxy.ts imports would be loaded at every start if it were not a bundle of its own.
 * @param at where that bundle is, from whatever imports it
 */
function proxyApart(at: string): Plugin {
  return {
    name: "proxy-apart",
    setup(context) {
      context.onResolve({ filter: /\/proxy\.ts$/ }, ({ kind }) =>
        kind === "dynamic-import" ? { path: at, external: true } : null,
      );
    },
  };
}

/** The action has no part of what wire.ts opens for the command line alone: unused, it goes, and so does what it imports. */
const withoutCommandLine: Plugin = {
  name: "without-command-line",
  setup(context) {
    context.onResolve({ filter: /^\.\// }, async ({ kind, path, importer, resolveDir, pluginData }) => {
      if (pluginData === "resolved" || !importer.endsWith("wire.ts")) return null;
      // A chunk of its own would be made even for a use that is never reached.
      if (kind === "dynamic-import") return { path, external: true };
      if (!/^\.\/(git|machine)\//.test(path)) return null;
      const found = await context.resolve(path, { kind, importer, resolveDir, pluginData: "resolved" });
      return { ...found, sideEffects: false };
    });
  },
};

/**
 * The command line has no part of what wire.ts opens for the action alone. What of it is loaded where it is needed is a chunk, which esbuild would load
 * at once for an import beside it, even an unused one: under another name that import is of a module that nobody uses.
 */
const withoutAction: Plugin = {
  name: "without-action",
  setup(context) {
    context.onResolve(
      { filter: /^\.\/github\// },
      async ({ kind, path, importer, resolveDir, pluginData }) => {
        if (pluginData === "resolved" || !importer.endsWith("wire.ts") || kind !== "import-statement")
          return null;
        const found = await context.resolve(path, { kind, importer, resolveDir, pluginData: "resolved" });
        return { ...found, suffix: "?unused", sideEffects: false };
      },
    );
  },
};

/** None of our modules does anything at import but the entries: what is not used need not be loaded. */
const oursWithoutSideEffects: Plugin = {
  name: "ours-without-side-effects",
  setup(context) {
    context.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, async (args) => {
      if (args.pluginData === "resolved" || args.kind === "entry-point") return null;
      const { resolveDir, kind, importer } = args;
      const found = await context.resolve(args.path, { resolveDir, kind, importer, pluginData: "resolved" });
      return found.external ? found : { ...found, sideEffects: false };
    });
  },
};

/** Needed late or never, and slow to load: loaded when one of their functions is called. */
const LATE = new Set(["crypto", "fs/promises", "http", "https", "timers/promises", "zlib"]);

/**
 * Whoever imports a module of Node's own has Node read all that it exports: of `node:fs` also the promises, with streams and readline, of `node:process`
 * even the workers. `require` reads nothing: 10 ms of start-up.
 */
const builtinsByRequire: Plugin = {
  name: "builtins-by-require",
  setup(context) {
    const filter = new RegExp(`^(node:)?(${builtinModules.join("|")})$`);
    context.onResolve({ filter }, ({ path, kind }) => {
      if (kind !== "import-statement") return null;
      return { path: path.replace(/^node:/, ""), namespace: "builtin", sideEffects: false };
    });
    context.onLoad({ filter: /^/, namespace: "builtin" }, async ({ path }) => {
      const module: Record<string, unknown> = await import(path);
      const isLate = LATE.has(path);
      // Of what is loaded late only functions can be had, and no classes: whoever imports anything else is told so by esbuild.
      const isThere = (name: string) => /^[a-z]/.test(name) && typeof module[name] === "function";
      const names = Object.keys(module).filter(
        (name) => /^(?!default$)[A-Za-z]\w*$/.test(name) && (!isLate || isThere(name)),
      );
      const contents = [
        `const builtin = () => ${path === "process" ? "globalThis.process" : `require("node:${path}")`};`,
        "export default /* @__PURE__ */ builtin();",
        ...names.map((name) =>
          isLate
            ? `export const ${name} = (...given) => builtin().${name}(...given);`
            : `export const ${name} = /* @__PURE__ */ (() => builtin().${name})();`,
        ),
      ];
      return { contents: contents.join("\n"), resolveDir: ROOT };
    });
  },
};

/** Octokit has a table of a thousand endpoints, and reads it through at its start: 4 ms. Those that src/github names are enough. */
const endpointsInUse: Plugin = {
  name: "endpoints-in-use",
  setup(context) {
    context.onLoad({ filter: /plugin-rest-endpoint-methods[\\/].*[\\/]endpoints\.js$/ }, async ({ path }) => {
      const folder = join(ROOT, "src", "github");
      const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
      const used = sources.flatMap((text) => [...text.matchAll(/\boctokit\.(\w+)\.(\w+)/g)]);
      const all: Record<string, Record<string, unknown>> = (await import(path)).default;
      const kept: Record<string, Record<string, unknown>> = {};
      for (const [, scope = "", name = ""] of used) {
        const endpoint = all[scope]?.[name];
        if (endpoint !== undefined) kept[scope] = { ...kept[scope], [name]: endpoint };
      }
      return { contents: `export default ${JSON.stringify(kept, null, 2)};` };
    });
  },
};

type Entries = Pick<
  BuildOptions,
  "entryPoints" | "outdir" | "splitting" | "chunkNames" | "define" | "target"
>;

function bundle(entries: Entries, plugins: readonly Plugin[]) {
  return build({
    chunkNames: "shared/[name]-[hash]",
    target: "node24",
    ...entries,
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    format: "esm",
    legalComments: "none",
    metafile: true,
    write: false,
    plugins: [builtinsByRequire, endpointsInUse, withoutSideEffects, ...plugins],
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
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const action = { entryPoints: ["src/main.ts", "src/post.ts"], outdir: "dist", splitting: true };
  // A build of its own, so that no chunk of the action grows by what the command line needs.
  const commandLine = {
    entryPoints: ["src/cli.ts"],
    outdir: "dist",
    splitting: true,
    chunkNames: "cli/[name]-[hash]",
    define: { REFLOCK_VERSION: JSON.stringify(version) },
    // People's machines have older ones than the runners of GitHub.
    target: "node20",
  };
  const results = await Promise.all([
    bundle(action, [proxyApart("./proxy.js"), withoutCommandLine]),
    bundle({ entryPoints: ["src/github/proxy.ts"], outdir: "dist/shared" }, []),
    bundle(commandLine, [proxyApart("../shared/proxy.js"), withoutAction, oursWithoutSideEffects]),
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

/** In an order in which whoever starts a bundle meanwhile finds it whole: chunks, then the entries that name them, then away with what is old. */
function write(files: Map<string, string>): void {
  const before = onDisk();
  const changed = [...files].filter(([name, text]) => before.get(name) !== text);
  const isEntry = ([name]: readonly [string, string]) => !name.includes("/");
  for (const [name, text] of changed.toSorted((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
    const path = join(DIST, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
    renameSync(`${path}.new`, path);
  }
  for (const name of before.keys()) if (!files.has(name)) rmSync(join(DIST, name), { force: true });
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
