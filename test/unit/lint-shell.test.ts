import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandsIn } from "../../src/lint/shell.ts";

/** Each command as its words with a bar between. */
function commands(text: string, dialect: "sh" | "powershell" = "sh"): string[] {
  return commandsIn(text, dialect).map(({ words }) => words.join("|"));
}

describe("what joins and ends commands", () => {
  test.each([
    ["a list", "npm ci && npm publish", ["npm|ci", "npm|publish"]],
    ["all joints", "a; b && c || d | e & f\ng |& h", ["a", "b", "c", "d", "e", "f", "g", "h"]],
    ["no blanks", "a;b&&c||d|e", ["a", "b", "c", "d", "e"]],
    ["a continued line", "npm \\\n  publish \\\n  --tag next", ["npm|publish|--tag|next"]],
    ["line ends of Windows", "npm ci\r\nnpm publish\r\n", ["npm|ci", "npm|publish"]],
    ["a subshell", "(cd x && npm publish) | tee log", ["cd|x", "npm|publish", "tee|log"]],
    ["a group", "{ a; b; }", ["a", "b"]],
    ["a condition", "if ! a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]],
    ["loops", "while a; do b; done; until c; do d; done", ["a", "b", "c", "d"]],
    ["a loop over words", 'for f in npm publish; do cargo publish "$f"; done', ["cargo|publish|$f"]],
    ["a counting loop", "for ((i=0; i<3; i++)); do a && break; done", ["a", "break"]],
    ["a choice", "case $x in a|b) c ;; (d) e;; *) f ;; esac; g", ["c", "e", "f", "g"]],
    [
      "a choice that falls through",
      'case x in\n  # it\'s\n  "a b" | c* )\n d;& e) ;;& f) g\nesac\nh',
      ["d", "g", "h"],
    ],
    ["a choice in a substitution", "x=$(case $y in a) b;; esac); c", ["b", "c"]],
    ["functions", "f() { a; }; function g { b; }; function h() { c; }", ["a", "b", "c"]],
    ["tests", "[[ $a == v* && ( -n $b || $c =~ ^(x|y)$ ) ]] && d; [ -f e ] && g", ["d", "[|-f|e|]", "g"]],
    ["arithmetic", "(( a = 1 << 2 )); b $((1<<2)); c", ["b|$((1<<2))", "c"]],
    ["what is timed, negated, beside", "time a; ! b; coproc c", ["a", "b", "c"]],
  ])("%s", (_, text, expected) => {
    expect(commands(text)).toEqual(expected);
  });
});

describe("words", () => {
  test.each([
    ["quotes", `echo "npm publish" 'a  b' c\\ d`, ["echo|npm publish|a  b|c d"]],
    ["quotes in a word", `a"b c"'d e'f`, ["ab cd ef"]],
    ["escapes in quotes", String.raw`echo "a \" b" 'c' \" d`, [`echo|a " b|c|"|d`]],
    ["an apostrophe that is escaped", String.raw`echo don\'t; npm publish`, ["echo|don't", "npm|publish"]],
    ["quotes of C", String.raw`echo $'it\'s' && a`, [String.raw`echo|it\'s`, "a"]],
    ["comments", "a # b\n# c\nd#e f # 'g", ["a", "d#e|f"]],
    ["assignments", "A=b C='d e' f; G=h", ["f"]],
    ["arrays", "x=(npm publish); y+=(a); z", ["z"]],
    ["redirections", "a >b 2>&1 <c >>d &>e; f 2>/dev/null g", ["a", "f|g"]],
    [
      "an expression",
      `npm publish \${{ inputs.x && '--dry-run' || '' }} a`,
      [`npm|publish|\${{ inputs.x && '--dry-run' || '' }}|a`],
    ],
    ["a parameter", `a "\${b:-c d}" \${e#*)}`, [`a|\${b:-c d}|\${e#*)}`]],
    ["a pattern", "rm !(a|b) @(c|d) *.tgz; e", ["rm|!(a|b)|@(c|d)|*.tgz", "e"]],
  ])("%s", (_, text, expected) => {
    expect(commands(text)).toEqual(expected);
  });
});

describe("what is run to make a word", () => {
  test.each([
    ["a substitution", 'a "x $(b "c d") y"', ["b|c d", 'a|x $(b "c d") y']],
    ["one in another", "a $(b $(c))", ["c", "b|$(c)", "a|$(b $(c))"]],
    ["backticks", "x=`a b`; c", ["a|b", "c"]],
    ["an assignment", "X=$(a) b", ["a", "b"]],
    ["a default", `echo \${x:-$(a)}`, ["a", `echo|\${x:-$(a)}`]],
    ["a process", "diff <(a) >(b)", ["a", "b", "diff|<(a)|>(b)"]],
    ["a comment in it", "a $(b # it's )\nc)", ["b", "c", "a|$(b # it's )\nc)"]],
    ["not in plain quotes", "echo '$(a) `b`'", ["echo|$(a) `b`"]],
    ["not where it is escaped", String.raw`echo "\$(a)" \$b`, ["echo|$(a)|$b"]],
  ])("%s", (_, text, expected) => {
    expect(commands(text)).toEqual(expected);
  });
});

describe("here-documents", () => {
  test.each([
    ["are no commands", "cat <<EOF > x\nnpm publish\nEOF\na", ["cat", "a"]],
    ["but their substitutions are", "cat <<EOF\n$(a) \\$(b)\nEOF", ["cat", "a"]],
    ["except where the end is quoted", "cat <<'EOF'\n$(a)\nEOF\nb", ["cat", "b"]],
    ["with tabs", "cat <<-EOF\n\ta\n\tEOF\nb", ["cat", "b"]],
    ["two in a line", "cat <<A <<B\na\nA\nb\nB\nc", ["cat", "c"]],
    ["that never end", "cat <<EOF\na\nb", ["cat"]],
    ["before more on the line", "cat <<EOF | a && b\nc\nEOF", ["cat", "a", "b"]],
  ])("%s", (_, text, expected) => {
    expect(commands(text).toSorted()).toEqual(expected.toSorted());
  });

  test("are handed to their command, with their place", () => {
    const text = "ssh host bash <<EOF\nnpm publish\nEOF\n";
    const [command] = commandsIn(text);
    expect(command?.input).toEqual({ text: "npm publish\n", offset: text.indexOf("npm") });
    expect(commandsIn("bash <<< 'npm publish'")[0]?.input?.text).toBe("npm publish");
  });
});

describe("PowerShell", () => {
  test.each([
    ["continued lines", "npm publish `\n  --tag next", ["npm|publish|--tag|next"]],
    ["comments", "<# npm publish\n#> a # b", ["a"]],
    ["quotes", "Write-Host \"a `\" b\" 'it''s'; c", ['Write-Host|a `" b|its', "c"]],
    ["paths", ".\\build.ps1; & 'C:\\x y\\z.exe' push", [".\\build.ps1", "C:\\x y\\z.exe|push"]],
  ])("%s", (_, text, expected) => {
    expect(commands(text, "powershell")).toEqual(expected);
  });
});

test("a command's place is that of its first word", () => {
  const text = "a && B=c npm publish\n(x; twine upload)";
  expect(commandsIn(text).map(({ offset, words }) => text.slice(offset).startsWith(words[0] ?? "?"))).toEqual(
    [true, true, true, true],
  );
});

describe("whatever the text is", () => {
  const pieces = fc.constantFrom(
    ..."'\"`$(){}[]<>|&;#\\ \t\n=!*".split(""),
    `\${{`,
    "}}",
    "$((",
    "<<EOF\n",
    "EOF\n",
    "case x in",
    "esac",
    "if",
    "fi",
    "npm publish",
    "[[",
  );

  test("it ends, and every word comes from the text", () => {
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 40 }),
        fc.constantFrom("sh", "powershell"),
        (parts, dialect) => {
          const text = parts.join("");
          for (const { words, offset } of commandsIn(text, dialect as "sh")) {
            expect(words.length).toBeGreaterThan(0);
            expect(offset).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a command in a line of its own is found behind all that is closed", () => {
    const closed = fc.constantFrom(
      "a 'b' \"c\"",
      "# it's",
      "x=$(y)",
      "(z)",
      "if a; then b; fi",
      "cat <<E\n'\nE",
      "a=(b)",
      "[[ a ]]",
    );
    fc.assert(
      fc.property(fc.array(closed, { maxLength: 12 }), (lines) => {
        expect(commands([...lines, "npm publish"].join("\n")).at(-1)).toBe("npm|publish");
      }),
    );
  });

  test("deep nesting is given up rather than followed", () => {
    expect(() => commandsIn("$(".repeat(100_000))).not.toThrow();
    expect(() => commandsIn("(".repeat(100_000))).not.toThrow();
    expect(() => commandsIn(`"\${`.repeat(10_000))).not.toThrow();
  });
});
