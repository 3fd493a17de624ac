/** Text of the sort that a summary would have to fear, for property tests. Must not know how any of it is made harmless. */
import fc from "fast-check";

const SYNTAX = [
  ...["%%", "%%{init: {'theme':'dark'}}%%", "---\ntitle: x\n---", "title x", "section x", 'click a href "x"'],
  ...[
    "dateFormat X",
    "accTitle: x",
    "accDescr {x}",
    "todayMarker off",
    "gantt",
    "2026-11-21",
    ":done, a, 1, 2",
  ],
  ...[
    "```",
    "\n```\n",
    "~~~",
    "|",
    "||",
    "<!--",
    "-->",
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
  ],
  ...[
    "</td></tr></table>",
    "</code>",
    "</details>",
    "\n\n# heading\n\n",
    "[x](javascript:alert(1))",
    "![x](y)",
  ],
  ...["&lt;", "&#60;", "&amp;", "#60;", "#lt;", "#35;", "ﬂ°°60¶ß", "ﬂ°lt¶ß", "¶ß", "<br>", "<br/>", "\\n"],
  ...["@octo", "#1", ":tada:", "https://evil.example/x", "www.evil.example", "a@evil.example", "$$x$$"],
  ...[
    "::set-output name=a::b",
    "##[error]x",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what is feared
    "${{ secrets.X }}",
    "}}",
    "'",
    '"',
    "\\",
    "$(id)",
    "`id`",
    "!x",
  ],
  ...["\u202E", "\u2066", "\u200B", "\uFEFF", "\u2028", "\u0000", "\u001B[31m", "\u0085", "\u00AD", "\uD800"],
  ...[
    "🔒",
    "👩‍🚀",
    "é",
    "漢字",
    "שלום",
    "e\u0301\u0301\u0301",
    "style x:#y;",
    "classDef x:#y;",
    "callback f()",
  ],
] as const;

export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...SYNTAX), fc.string({ unit: "binary", maxLength: 4 })), {
      maxLength: 8,
    })
    .map((parts) => parts.join("")),
  fc
    .array(fc.constantFrom(..."#;:%&<>\"'`\\{}$|@=[]()*_~^!?+-., \n\tax1"), { maxLength: 40 })
    .map((parts) => parts.join("")),
  fc.constantFrom("a".repeat(300), "<b>".repeat(100), "🔒".repeat(300), ""),
);
