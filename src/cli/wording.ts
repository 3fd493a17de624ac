/**
 * Advice of the policy, which speaks of the action's inputs, in words of the command line.
 * Owns these sentences alone; a sentence that it does not know stays as it is.
 */

const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/ Set `wait` to wait for it, or clear the lock if that run is gone\.$/, " Give --wait to wait for it."],
  [/ Raise `wait`, or clear the lock if that run is gone\.$/, " Give a longer --wait to wait on."],
  [
    / It stays frozen until somebody clears it, with `operation: clear` and `expect: [0-9a-f]*`\.$/,
    " It stays frozen until somebody clears it.",
  ],
  [
    / remove it with `clear`, `force`, a reason and `expect: ([0-9a-f]+)`\.$/,
    " remove it with `reflock clear --force --expect $1 --reason WHY` and the lock's name.",
  ],
  [/ Give it one, such as `name: publish`\.$/, " Give it one, such as `publish`."],
  [/ Use plain text, one name a line\.$/, " Use plain text, one name a word."],
];

export function inOurWords(message: string): string {
  return SENTENCES.reduce((text, [theirs, ours]) => text.replace(theirs, ours), message);
}
