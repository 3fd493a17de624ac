import { describe, expect, test } from "vitest";
import { lint } from "../../src/lint/lint.ts";

const HEAD = `on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
`;

/** Where the only finding is, and the text that stands there. */
async function placeOf(steps: string): Promise<string> {
  const content = HEAD + steps;
  const [finding, ...others] = await lint([{ path: "x.yml", content }], [], () => null);
  expect(others).toEqual([]);
  if (finding === undefined) return "none";
  const there = content.split("\n")[finding.line - 1]?.slice(finding.column - 1) ?? "";
  return `${finding.line}:${finding.column} ${there}`;
}

describe("a command is shown where it stands", () => {
  test.each([
    ["plain", "      - run: npm ci && npm publish\n", "6:24 npm publish"],
    ["double quotes", '      - run: "npm ci && npm publish"\n', '6:25 npm publish"'],
    ["single quotes", "      - run: 'npm publish'\n", "6:15 npm publish'"],
    ["a literal block", "      - run: |\n          npm ci\n          npm publish\n", "8:11 npm publish"],
    [
      "more indent than before",
      "      - run: |\n          if x; then\n            npm publish\n          fi\n",
      "8:13 npm publish",
    ],
    ["an indent that is said", "      - run: |2\n           npm publish\n", "7:12 npm publish"],
    [
      "empty lines and a chomp",
      "      - run: |-\n\n          a\n\n          b; npm publish\n\n",
      "10:14 npm publish",
    ],
    [
      "tabs and wide letters, in units of UTF-16",
      "      - run: |\n          é😀 x;\tnpm publish\n",
      "7:18 npm publish",
    ],
    [
      "a folded block",
      "      - run: >-\n          npm ci\n          && npm publish\n          --tag next\n",
      "8:14 npm publish",
    ],
    [
      "the second of two in a folded block",
      "      - run: >-\n          echo npm publish\n          && npm publish\n",
      "8:14 npm publish",
    ],
    ["plain over two lines", "      - run: npm ci &&\n          npm publish\n", "7:11 npm publish"],
    [
      "line ends of Windows",
      "      - run: |\r\n          npm ci\r\n          npm publish\r\n",
      "8:11 npm publish",
    ],
    ["an action", "      - name: x\n        uses: actions/deploy-pages@v4\n", "7:15 actions/deploy-pages@v4"],
    [
      "in a here-document",
      "      - run: |\n          bash <<X\n            npm publish\n          X\n",
      "8:13 npm publish",
    ],
    [
      "in another script, what leads to it",
      "      - run: a; bash -c 'b; npm publish'\n",
      "6:17 bash -c 'b; npm publish'",
    ],
  ])("%s", async (_, steps, place) => {
    expect((await placeOf(steps)).trimEnd()).toBe(place);
  });

  test("after an expression that is known, at the script", async () => {
    const steps = "      - run: |\n          $" + "{{ env.PM }} publish\n        env: { PM: npm }\n";
    expect(await placeOf(steps)).toBe("6:14 |");
  });
});
