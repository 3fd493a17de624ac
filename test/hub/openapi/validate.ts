/**
 * Owns comparing requests and answers with GitHub's own description of its REST API (github.json). It only
 * tells; nothing is refused for it. Validators are compiled when a route is first used.
 */
import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { Answer, Exchange, Route } from "../exchange.ts";

/** What GitHub answers on these routes but does not declare there. */
const UNDECLARED: Readonly<Record<number, string>> = {
  304: "an unchanged answer to a conditional request",
  400: "a body that is not JSON",
  401: "no token, an unknown one, or one that has ended",
  403: "a missing permission, or a rate limit",
  404: "what the token may not see, or a run that was deleted",
  429: "a secondary rate limit",
  500: "a PATCH to an object that does not exist; a failure of the service",
  502: "a failure of the service",
  503: "a failure of the service",
  504: "a failure of the service",
};

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly validate: ValidateFunction;
}

interface Contract {
  readonly parameters: readonly Parameter[];
  readonly body: ValidateFunction | null;
  readonly bodyNames: ReadonlySet<string>;
  /** By status; null: no body. */
  readonly answers: ReadonlyMap<number, ValidateFunction | null>;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** OpenAPI 3.0 says `nullable` where JSON Schema lists the type "null". */
function withoutNullable(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (!isObject(value)) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutNullable(inner)]),
  );
  // A property that happens to be called "nullable" is a schema, not a flag.
  if (nullable !== true) return nullable === undefined || nullable === false ? rest : { ...rest, nullable };
  return { anyOf: [rest, { type: "null" }] };
}

const DOCUMENT = "github";

interface Description {
  readonly root: Json;
  readonly ajv: Ajv;
}

let loaded: Description | null = null;

function description(): Description {
  if (!loaded) {
    const text = readFileSync(new URL("./github.json", import.meta.url), "utf8");
    const root = withoutNullable(JSON.parse(text));
    const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, validateSchema: false });
    addFormats.default(ajv);
    ajv.addSchema({ $id: DOCUMENT, ...(isObject(root) ? root : {}) });
    loaded = { root, ajv };
  }
  return loaded;
}

const escapeName = (name: string): string =>
  encodeURIComponent(name.replace(/~/g, "~0").replace(/\//g, "~1"));

/** What stands at these names, following a `$ref` that stands there instead, with the address of it. */
function at(names: readonly string[]): { value: Json | undefined; address: readonly string[] } {
  let value: Json | undefined = description().root;
  for (const name of names) {
    if (Array.isArray(value)) value = value[Number(name)];
    else value = isObject(value) ? value[name] : undefined;
  }
  if (isObject(value) && typeof value.$ref === "string") return at(value.$ref.slice(2).split("/"));
  return { value, address: names };
}

function compile(names: readonly string[]): ValidateFunction | null {
  const { value, address } = at(names);
  if (value === undefined) return null;
  return description().ajv.compile({ $ref: `${DOCUMENT}#/${address.map(escapeName).join("/")}` });
}

const CONTENT = ["content", "application/json", "schema"];

function parametersOf(base: readonly string[]): Parameter[] {
  const { value } = at([...base, "parameters"]);
  const count = Array.isArray(value) ? value.length : 0;
  return Array.from({ length: count }, (_, index) => {
    const { value: parameter, address } = at([...base, "parameters", String(index)]);
    const validate = compile([...address, "schema"]);
    if (!isObject(parameter) || !validate)
      throw new Error(`A parameter without a schema at ${address.join("/")}`);
    const place = parameter.in === "path" || parameter.in === "query" ? parameter.in : "header";
    return { name: String(parameter.name), in: place, required: parameter.required === true, validate };
  });
}

function load(route: Route): Contract {
  const base = ["paths", route.template, route.method.toLowerCase()];
  const { value: responses } = at([...base, "responses"]);
  if (!isObject(responses)) throw new Error(`The description has no ${route.method} ${route.template}`);
  const answers = Object.keys(responses).map((status): [number, ValidateFunction | null] => {
    const { address } = at([...base, "responses", status]);
    return [Number(status), compile([...address, ...CONTENT])];
  });
  const body = at([...base, "requestBody", ...CONTENT, "properties"]).value;
  return {
    parameters: parametersOf(base),
    body: compile([...base, "requestBody", ...CONTENT]),
    bodyNames: new Set(isObject(body) ? Object.keys(body) : []),
    answers: new Map(answers),
  };
}

const contracts = new Map<Route, Contract>();

function contractOf(route: Route): Contract {
  let contract = contracts.get(route);
  if (!contract) {
    contract = load(route);
    contracts.set(route, contract);
  }
  return contract;
}

function problemsOf(validate: ValidateFunction, value: unknown, what: string): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    (error) =>
      `${what}${error.instancePath} ${error.message ?? "does not fit"} ${JSON.stringify(error.params)}`,
  );
}

/** A parameter comes as text; its schema may want a number or a truth value. */
function typed(text: string): unknown[] {
  const others = /^-?\d+$/.test(text)
    ? [Number(text)]
    : text === "true" || text === "false"
      ? [text === "true"]
      : [];
  return [text, ...others];
}

function checkParameters(exchange: Exchange, contract: Contract): string[] {
  const problems: string[] = [];
  for (const { name, in: place, required, validate } of contract.parameters) {
    const text = place === "path" ? exchange.params[name] : exchange.query.get(name);
    if (text === undefined || text === null) {
      if (required && place !== "header") problems.push(`the parameter ${name} is missing`);
    } else if (!typed(text).some((value) => validate(value))) {
      problems.push(`the parameter ${name} cannot be ${JSON.stringify(text)}`);
    }
  }
  for (const name of exchange.query.keys()) {
    if (!contract.parameters.some((one) => one.in === "query" && one.name === name)) {
      problems.push(`there is no parameter ${name}`);
    }
  }
  return problems;
}

function checkBody({ body }: Exchange, contract: Contract): string[] {
  if (!contract.body) return body === undefined ? [] : ["it has a body, which this route does not take"];
  const names = body !== null && typeof body === "object" ? Object.keys(body) : [];
  const unknown = names
    .filter((name) => !contract.bodyNames.has(name))
    .map((name) => `there is no field ${name}`);
  return [...problemsOf(contract.body, body, "body"), ...unknown];
}

function checkAnswer(answer: Answer, contract: Contract): string[] {
  const declared = contract.answers.get(answer.status);
  if (declared) return problemsOf(declared, answer.body, `the ${answer.status} answer`);
  // Some refusals are declared without saying what their body is; a success without one has none.
  if (declared === null) {
    return answer.body === undefined || answer.status >= 400
      ? []
      : [`the ${answer.status} answer has a body`];
  }
  return UNDECLARED[answer.status] ? [] : [`the status ${answer.status} is not declared`];
}

/** What in this request or its answer GitHub's description does not allow. */
export function checkContract(exchange: Exchange, route: Route, answer: Answer): string[] {
  const contract = contractOf(route);
  const problems = [
    ...checkParameters(exchange, contract),
    ...checkBody(exchange, contract),
    ...checkAnswer(answer, contract),
  ];
  return problems.map((problem) => `${exchange.method} ${exchange.path}: ${problem}`);
}
