/**
 * What a fixture says about itself: `# expect: rule rule` at the end of a line, for findings in that line; `# expect-above: …` for the line above.
 * Owns the reading of these marks; must not know the rules.
 */

/** `line rule`, in order. */
export function expectedIn(content: string): string[] {
  return content.split("\n").flatMap((line, index) => {
    const [, above, rules = ""] = /# expect(-above)?: ([a-z -]+)$/.exec(line) ?? [];
    const at = above === undefined ? index + 1 : index;
    return rules.split(" ").flatMap((rule) => (rule === "" ? [] : [`${at} ${rule}`]));
  });
}
