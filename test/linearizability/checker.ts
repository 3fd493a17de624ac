/**
 * Owns the search for an order in which the operations of a history could have happened one after the other: each between its invocation and its
 * answer, each doing and telling what the model says. After Wing and Gong, with the memory of Lowe: a set of operations that leads to a state that was
 * met before is not followed again. Pure; must not know what the operations mean, nor how they were recorded.
 *
 * An operation that was never answered may happen at any moment from its invocation on, or never.
 */

export interface Operation<Action> {
  /** For people. */
  readonly what: string;
  readonly action: Action;
  readonly invokedAt: number;
  /** `null`: never. */
  readonly returnedAt: number | null;
}

export interface Model<State, Action> {
  readonly initial: State;
  /** The next state; the very same where nothing changes; or, as text, why it can't happen. */
  step(state: State, action: Action): State | string;
  /** Equal for states that allow the same. */
  keyOf(state: State): string;
  /** Whether it never hinders anything: then it happens as early as it can. */
  onlyAllows(action: Action): boolean;
  describe(state: State): string;
}

export interface Limits {
  readonly states: number;
  /** Called now and then: true ends the search. */
  readonly isTimeUp?: () => boolean;
}

export type Verdict<Action> = { readonly states: number } & (
  | { readonly kind: "linearizable"; readonly order: readonly Operation<Action>[] }
  | { readonly kind: "illegal"; readonly why: string; readonly prefix: readonly Operation<Action>[] }
  /** The limits were reached first. Nothing is known, which is not good enough. */
  | { readonly kind: "undecided"; readonly why: string }
);

const LOOK_AT_TIME_EVERY = 1024;

/** One place of the search: what has happened so far, and what is yet to be tried from here. */
interface Place<State> {
  readonly state: State;
  /** The operation that led here; -1 at the start. */
  readonly by: number;
  readonly tries: readonly { readonly operation: number; readonly state: State }[];
  next: number;
}

interface Search<State, Action> {
  readonly model: Model<State, Action>;
  /** By invocation. */
  readonly operations: readonly Operation<Action>[];
  readonly done: Uint32Array;
  readonly met: Set<string>;
  /** Answered operations that have not happened yet. */
  left: number;
}

export function check<State, Action>(
  model: Model<State, Action>,
  history: readonly Operation<Action>[],
  limits: Limits,
): Verdict<Action> {
  const operations = history.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const left = operations.filter(({ returnedAt }) => returnedAt !== null).length;
  const done = new Uint32Array((operations.length >>> 5) + 1);
  const search: Search<State, Action> = { model, operations, done, met: new Set(), left };
  const path = [open(search, model.initial, -1)];
  let longest = { left: left + 1, order: [] as number[], state: model.initial };
  while (path.length > 0) {
    const place = path[path.length - 1] as Place<State>;
    if (search.left < longest.left)
      longest = { left: search.left, order: path.slice(1).map(({ by }) => by), state: place.state };
    if (search.left === 0)
      return { kind: "linearizable", order: pick(operations, longest.order), states: search.met.size };
    if (search.met.size > limits.states) return undecided(search, `more than ${limits.states} states`);
    if (search.met.size % LOOK_AT_TIME_EVERY === 0 && limits.isTimeUp?.())
      return undecided(search, "more time than it may take");
    const next = place.tries[place.next++];
    if (next === undefined) leave(search, path);
    else if (enter(search, next.operation, next.state)) path.push(open(search, next.state, next.operation));
  }
  return refusal(search, longest);
}

function undecided<State, Action>({ met }: Search<State, Action>, why: string): Verdict<Action> {
  return { kind: "undecided", why: `the search needs ${why}`, states: met.size };
}

function pick<Action>(
  operations: readonly Operation<Action>[],
  order: readonly number[],
): Operation<Action>[] {
  return order.flatMap((index) => operations[index] ?? []);
}

/** @returns whether nobody was here before */
function enter<State, Action>(search: Search<State, Action>, operation: number, state: State): boolean {
  flip(search, operation);
  const key = `${search.done.join()}|${search.model.keyOf(state)}`;
  if (search.met.has(key)) {
    flip(search, operation);
    return false;
  }
  search.met.add(key);
  return true;
}

function leave<State, Action>(search: Search<State, Action>, path: Place<State>[]): void {
  const { by } = path.pop() as Place<State>;
  if (by >= 0) flip(search, by);
}

function flip<State, Action>(search: Search<State, Action>, operation: number): void {
  const word = operation >>> 5;
  search.done[word] = (search.done[word] ?? 0) ^ (1 << (operation & 31));
  if (search.operations[operation]?.returnedAt === null) return;
  search.left += isDone(search, operation) ? -1 : 1;
}

function isDone<State, Action>({ done }: Search<State, Action>, operation: number): boolean {
  return (((done[operation >>> 5] ?? 0) >>> (operation & 31)) & 1) === 1;
}

/**
 * What may happen next: whatever was invoked before the first answer of what has yet to happen. What changes nothing, or only allows more, is done at
 * once, and nothing else is tried instead: in any order that there is, it can be moved here.
 */
function open<State, Action>(search: Search<State, Action>, state: State, by: number): Place<State> {
  const { model, operations } = search;
  const answered: { operation: number; state: State }[] = [];
  const unanswered: { operation: number; state: State }[] = [];
  for (const operation of candidates(search)) {
    const { action, returnedAt } = operations[operation] as Operation<Action>;
    const after = model.step(state, action);
    if (typeof after === "string") continue;
    const isIdle = after === state;
    if (isIdle && returnedAt === null) continue;
    if (isIdle || model.onlyAllows(action))
      return { state, by, tries: [{ operation, state: after }], next: 0 };
    (returnedAt === null ? unanswered : answered).push({ operation, state: after });
  }
  return { state, by, tries: [...answered, ...unanswered], next: 0 };
}

function candidates<State, Action>(search: Search<State, Action>): number[] {
  const { operations } = search;
  const found: number[] = [];
  let firstAnswer = Infinity;
  for (let operation = 0; operation < operations.length; operation++) {
    const { invokedAt, returnedAt } = operations[operation] as Operation<Action>;
    if (invokedAt > firstAnswer) break;
    if (isDone(search, operation)) continue;
    found.push(operation);
    if (returnedAt !== null && returnedAt < firstAnswer) firstAnswer = returnedAt;
  }
  return found;
}

function refusal<State, Action>(
  search: Search<State, Action>,
  longest: { readonly order: readonly number[]; readonly state: State },
): Verdict<Action> {
  const { model, operations, met } = search;
  for (const operation of longest.order) flip(search, operation);
  const stuck = candidates(search).flatMap((operation) => {
    const { what, action, returnedAt } = operations[operation] as Operation<Action>;
    const after = model.step(longest.state, action);
    if (returnedAt === null) return [];
    return [`  ${what}: ${typeof after === "string" ? after : "possible, but then nothing fits later"}`];
  });
  const prefix = pick(operations, longest.order);
  const why = [
    `No order explains this history. The longest that does has ${prefix.length} of ${operations.length} operations:`,
    ...prefix.map(({ what }) => `  ${what}`),
    `Then ${model.describe(longest.state)}, and of what has to come next nothing fits:`,
    ...stuck,
  ].join("\n");
  return { kind: "illegal", why, prefix, states: met.size };
}
