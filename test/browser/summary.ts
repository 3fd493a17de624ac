/**
 * Renders summaries in headless Chromium as GitHub shows them, the HTML and Mermaid's diagrams, and looks for what should not be there:
 * syntax errors, elements and links that are not ours, anything that was carried out. `npm run test:browser`
 * Leaves screenshots in test/browser/out/.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { page } from "../../src/action/summary-page.ts";
import { hostile } from "../unit/summary-hostile.ts";
import { blocksOf } from "../unit/summary-reading.ts";
import { hostileScene, SCENES, SURROUNDINGS } from "./scenes.ts";

const OUT = join(import.meta.dirname, "out");
const MERMAID = fileURLToPath(new URL("mermaid.min.js", import.meta.resolve("mermaid")));
const LOOK = join(import.meta.dirname, "look.js");
const STYLE = join(import.meta.dirname, "github.css");

/** What test/browser/look.js has found in the page. */
interface Verdict {
  readonly errors: readonly string[];
  readonly diagrams: number;
  readonly height: number;
}

function findChromium(): string {
  const places = [
    process.env.CHROMIUM ?? "",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  const found = places.find((path) => path !== "" && existsSync(path));
  if (found !== undefined) return found;
  console.error(
    "There is no Chromium. Install it (Debian: apt-get install -y chromium), or say in CHROMIUM where it is.",
  );
  process.exit(1);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** The page as a browser gets it. Our HTML blocks go in as they are: nothing else would guard the reader. */
function htmlOf(markdown: string): string {
  const body = blocksOf(markdown).map(({ kind, text }) => {
    if (kind === "html") return text;
    return `<pre data-fence="${kind}">${escaped(text)}</pre>`;
  });
  return `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="file://${STYLE}"><main>${body.join("\n")}</main>
<script src="file://${MERMAID}"></script><script src="file://${LOOK}"></script>`;
}

function browse(chromium: string, url: string, options: readonly string[]): string {
  const fixed = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--virtual-time-budget=20000",
  ];
  return execFileSync(chromium, [...fixed, ...options, url], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 120_000,
  });
}

function render(chromium: string, name: string, markdown: string): Verdict {
  const file = join(OUT, `${name}.html`);
  writeFileSync(file, htmlOf(markdown));
  const url = `file://${file}`;
  const dom = browse(chromium, url, ["--dump-dom", "--window-size=1000,800"]);
  const told = /<script type="application\/json" id="verdict">(.*?)<\/script>/s.exec(dom)?.[1];
  if (told === undefined) return { errors: ["the page never came to its end"], diagrams: 0, height: 800 };
  const verdict: Verdict = JSON.parse(told);
  const size = `--window-size=1000,${Math.min(verdict.height, 16_000)}`;
  browse(chromium, url, [`--screenshot=${join(OUT, `${name}.png`)}`, size]);
  return verdict;
}

const TEXTS = [
  ...[
    '"><script>window.carriedOut = 1</script>',
    "</td></tr></table><img src=x onerror=window.carriedOut=1>",
  ],
  ...[
    "[x](javascript:window.carriedOut=1) <a href=javascript:window.carriedOut=1>x</a>",
    "@octo #1 https://evil.example",
  ],
  ...[
    'x\n  click a href "javascript:window.carriedOut=1"\n  section y',
    "%%{init: {'securityLevel':'loose'}}%%",
  ],
  ...[
    "#60;img src=x onerror=window.carriedOut=1#62; ﬂ°°60¶ßb ﬂ°lt¶ßb",
    "abc\u202Ecba\u2066 שלום 🔒👩‍🚀",
    "w".repeat(300),
  ],
];

function main(): void {
  const chromium = findChromium();
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const scenes = SCENES.map((scene) => scene());
  const random = fc.sample(hostile, { numRuns: 24, seed: 3 });
  const texts = [...TEXTS, ...random];
  let failures = 0;
  const show = (title: string, markdown: string, expected: number) => {
    const name = title.toLowerCase().replaceAll(/\W+/g, "-");
    const { errors, diagrams } = render(chromium, name, markdown);
    const wrong = diagrams === expected ? errors : [...errors, `${diagrams} diagrams instead of ${expected}`];
    failures += wrong.length;
    console.log(
      `${wrong.length === 0 ? "ok    " : "FAILED"} ${title}: ${diagrams} diagrams, ${join(OUT, `${name}.png`)}`,
    );
    for (const error of wrong) console.log(`       ${error}`);
  };
  const all = scenes.map(({ title, seen }) => `<p>${title}:</p>\n\n${page(seen, SURROUNDINGS)}`);
  show("Summaries", all.join(""), scenes.length);
  const markdown = texts.map((text) => page(hostileScene(text).seen, SURROUNDINGS));
  show("Hostile texts, written by hand", markdown.slice(0, TEXTS.length).join(""), TEXTS.length * 4);
  show("Hostile texts, made up", markdown.slice(TEXTS.length).join(""), random.length * 4);
  process.exitCode = failures === 0 ? 0 : 1;
}

main();
