/**
 * What Node 20 lacks of what we use. The action runs on the Node that GitHub brings; the command line on whatever a machine has, and Node 20 is in
 * wide use there.
 */
export function supportOlderNode(): void {
  Promise.withResolvers ??= withResolvers;
  Map.groupBy ??= groupBy;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let settle: Pick<PromiseWithResolvers<Value>, "resolve" | "reject"> = { resolve() {}, reject() {} };
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

function groupBy<Key, Item>(
  items: Iterable<Item>,
  keyOf: (item: Item, index: number) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
