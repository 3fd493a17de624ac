/**
 * Reads what a step prints as the GitHub runner reads it: workflow commands, in both of their forms, and masks.
 * Owns what becomes of a line. Must not know where lines come from, nor what any action means by them.
 */

export interface WorkflowCommand {
  /** As it was written; the runner compares names without regard to case. */
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
  /** The old form, `##[command]`, is found anywhere in a line; the new one only at its start, after white space. */
  readonly form: "::" | "##[";
  /** The whole line, so that a test can tell whose it was. Unmasked. */
  readonly line: string;
}

/** What the runner registers. Any other name is text. */
const REGISTERED = [
  "add-mask",
  "add-matcher",
  "add-path",
  "debug",
  "echo",
  "endgroup",
  "error",
  "group",
  "notice",
  "remove-matcher",
  "save-state",
  "set-env",
  "set-output",
  "stop-commands",
  "warning",
];

const DATA_ESCAPES = [
  ["%0D", "\r"],
  ["%0A", "\n"],
] as const;
const PROPERTY_ESCAPES = [...DATA_ESCAPES, ["%3A", ":"], ["%2C", ","]] as const;
const OLD_ESCAPES = [["%3B", ";"], ...DATA_ESCAPES, ["%5D", "]"]] as const;

/** `extra` is the token that would end a `stop-commands`: while it is awaited it is a command like any other. */
export function parseCommand(line: string, extra?: string): WorkflowCommand | null {
  const registered = new Set(REGISTERED);
  if (extra !== undefined) registered.add(extra.toLowerCase());
  return parseNewForm(line, registered) ?? parseOldForm(line, registered);
}

function parseNewForm(line: string, registered: ReadonlySet<string>): WorkflowCommand | null {
  const text = line.trimStart();
  if (!text.startsWith("::")) return null;
  const end = text.indexOf("::", 2);
  if (end < 0) return null;
  const [command, properties] = cutAt(text.slice(2, end), " ");
  if (!registered.has(command.toLowerCase())) return null;
  return {
    command,
    properties: parseProperties(properties.trim(), ",", PROPERTY_ESCAPES),
    data: decode(text.slice(end + 2), DATA_ESCAPES),
    form: "::",
    line,
  };
}

function parseOldForm(line: string, registered: ReadonlySet<string>): WorkflowCommand | null {
  const start = line.indexOf("##[");
  const end = start < 0 ? -1 : line.indexOf("]", start);
  if (end < 0) return null;
  const [command, properties] = cutAt(line.slice(start + 3, end), " ");
  if (!registered.has(command.toLowerCase())) return null;
  return {
    command,
    properties: parseProperties(properties, ";", OLD_ESCAPES),
    data: decode(line.slice(end + 1), OLD_ESCAPES),
    form: "##[",
    line,
  };
}

type Escapes = readonly (readonly [escaped: string, plain: string])[];

function parseProperties(text: string, separator: string, escapes: Escapes): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const part of text.split(separator)) {
    const [name, value] = cutAt(part, "=");
    if (name !== "" && value !== "") properties[name] = decode(value, escapes);
  }
  return properties;
}

/** `%25` last, as the runner has it: `%250A` is the text `%0A`, and not a line break. */
function decode(text: string, escapes: Escapes): string {
  return [...escapes, ["%25", "%"] as const].reduce(
    (result, [escaped, plain]) => result.replaceAll(escaped, plain),
    text,
  );
}

function cutAt(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** What one step has printed so far, as its log shows it, and what that did. */
export interface StepLog {
  readonly lines: readonly string[];
  /** Every command that the runner carried out, wherever it came from. */
  readonly commands: readonly WorkflowCommand[];
  /** By `set-output` and `save-state`, which are deprecated and still obeyed: text that reaches them is an injection. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** Why the runner fails this step, whatever its exit code. */
  readonly failures: readonly string[];
  /** One line of the step's output. */
  feed(line: string): void;
  /** A message of the runner's own. */
  error(message: string): void;
}

export interface StepLogOptions {
  /** Shared by all steps of a job. */
  readonly masks: Set<string>;
  /** Whether `::debug::` is shown. */
  readonly debug: boolean;
  readonly onLine: (shown: string) => void;
}

export function createStepLog(options: StepLogOptions): StepLog {
  const lines: string[] = [];
  const commands: WorkflowCommand[] = [];
  const outputs: Record<string, string> = {};
  const state: Record<string, string> = {};
  const failures: string[] = [];
  let resumeToken: string | null = null;

  const show = (text: string): void => {
    const shown = mask(text, options.masks);
    lines.push(shown);
    options.onLine(shown);
  };
  const fail = (message: string): void => {
    failures.push(message);
    show(`##[error]${message}`);
  };
  const carryOut = (command: WorkflowCommand): void => {
    const name = command.command.toLowerCase();
    if (name === "add-mask") addMask(options.masks, command.data);
    else if (name === "set-output") named(command, outputs, fail);
    else if (name === "save-state") named(command, state, fail);
    else if (name === "set-env" || name === "add-path") fail(`The \`${name}\` command is disabled.`);
    else if (name === "debug") options.debug && show(`##[debug]${command.data}`);
    else if (SHOWN.has(name)) show(`##[${name}]${command.data}`);
  };
  const feed = (line: string): void => {
    const command = parseCommand(line, resumeToken ?? undefined);
    if (command === null) {
      show(line);
    } else if (resumeToken !== null) {
      // Stopped: whatever looks like a command is text, except for the token.
      if (command.command.toLowerCase() === resumeToken.toLowerCase()) resumeToken = null;
      show(line);
    } else {
      commands.push(command);
      if (command.command.toLowerCase() === "stop-commands") {
        resumeToken = command.data;
        show(line);
      } else {
        carryOut(command);
      }
    }
  };
  return { lines, commands, outputs, state, failures, feed, error: (message) => show(`##[error]${message}`) };
}

const SHOWN = new Set(["error", "warning", "notice", "group", "endgroup"]);

function named(
  command: WorkflowCommand,
  into: Record<string, string>,
  fail: (message: string) => void,
): void {
  const name = Object.entries(command.properties).find(
    ([property]) => property.toLowerCase() === "name",
  )?.[1];
  if (name === undefined) fail(`Unable to process command '${command.line}': it has no name.`);
  else into[name] = command.data;
}

function addMask(masks: Set<string>, value: string): void {
  if (value.trim() === "") return;
  masks.add(value);
  // A log is read a line at a time: each line of a secret is one of its own.
  for (const line of value.split(/[\r\n]+/)) if (line.trim() !== "") masks.add(line);
}

/** The longest first: a secret may be a part of another one. */
export function mask(text: string, masks: ReadonlySet<string>): string {
  return [...masks]
    .toSorted((one, other) => other.length - one.length)
    .reduce((result, secret) => result.replaceAll(secret, "***"), text);
}
