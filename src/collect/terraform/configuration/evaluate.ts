import { type Expression, type ForExpression, SPLAT_ITEM } from "../../../hcl/parse.js";
import { flagOf, numberOf } from "../attributes.js";
import { isList, isValues, Missing, Unknown, type Value, type Values } from "../value.js";
import { call } from "./functions.js";

/** A resource or module as a whole, before one of its attributes is asked for. */
export class Reference extends Unknown {
  readonly address: string;

  constructor(address: string) {
    super(`${address} is known only after apply`, [address]);
    this.address = address;
  }
}

/** What names mean at one place of a configuration. */
export interface Scope {
  variable(name: string): Value;
  local(name: string): Value;
  /** An attribute of a resource (`aws_x.y[0]`) or an output of a module (`module.m`). */
  attribute(reference: Reference, name: string): Value;
  /** Folder of the module, for `path.module`, and of the root, for `path.root`. */
  readonly folder: string;
  readonly rootFolder: string;
  /** Text of a file beside the configuration; null where it is not read. */
  readText(path: string): string | null;
  /** `each`, `count`, and the names of loops. */
  readonly names: Readonly<Record<string, Value>>;
}

/** Namespaces that a bare name may open; anything else is a resource type. */
const NOT_FOLLOWED: Readonly<Record<string, string>> = {
  data: "is read only at apply",
  terraform: "is known only when Terraform runs",
  self: "is known only after apply",
  ephemeral: "is known only when Terraform runs",
};

/** The value of an expression; whatever it hangs on and the source does not state makes it unknown, never a guess. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "template":
      return joined(expression.parts.map((part) => evaluate(part, scope)));
    case "list":
      return expression.items.map((item) => evaluate(item, scope));
    case "object":
      return objectOf(
        expression.entries.map(({ key, value }) => [evaluate(key, scope), evaluate(value, scope)] as const),
      );
    case "name":
      return scope.names[expression.name] ?? new Unknown(`${expression.name} is not known`);
    case "attribute":
      return attributeOf(expression, scope);
    case "index":
      return itemOf(evaluate(expression.of, scope), evaluate(expression.key, scope), scope, "index");
    case "splat":
      return splat(evaluate(expression.of, scope), expression.item, scope);
    case "call":
      return callOf(expression, scope);
    case "conditional":
      return conditional(expression, scope);
    case "binary":
      return binary(expression.operator, evaluate(expression.left, scope), () =>
        evaluate(expression.right, scope),
      );
    case "unary":
      return unary(expression.operator, evaluate(expression.operand, scope));
    case "for":
      return loop(expression, scope);
    case "other":
      return new Unknown("a text with branches or loops is not followed");
  }
}

function joined(parts: readonly Value[]): Value {
  if (parts.length === 1) return parts[0]!;
  const unknown = parts.filter((part) => part instanceof Unknown);
  if (unknown.length > 0) {
    return new Unknown(
      unknown[0]!.reason,
      unknown.flatMap(({ references }) => references),
    );
  }
  return parts.every((part) => part === null || typeof part !== "object")
    ? parts.map((part) => `${part ?? ""}`).join("")
    : new Unknown("a list or object stands within a text");
}

function objectOf(entries: readonly (readonly [Value, Value])[]): Value {
  const unknown = entries.map(([key]) => key).find((key) => key instanceof Unknown);
  if (unknown !== undefined) return unknown;
  return Object.fromEntries(entries.map(([key, value]) => [String(key), value]));
}

function attributeOf({ of, name }: Extract<Expression, { kind: "attribute" }>, scope: Scope): Value {
  if (of.kind === "name" && !(of.name in scope.names)) return fromNamespace(of.name, name, scope);
  if (of.kind === "attribute" && of.of.kind === "name" && of.of.name === "data") {
    return new Unknown(`data.${of.name}.${name} is read only at apply`);
  }
  return itemOf(evaluate(of, scope), name, scope, "attribute");
}

function fromNamespace(namespace: string, name: string, scope: Scope): Value {
  if (namespace === "var") return scope.variable(name);
  if (namespace === "local") return scope.local(name);
  if (namespace === "path") return name === "module" ? scope.folder : scope.rootFolder;
  const reason = NOT_FOLLOWED[namespace];
  return reason === undefined
    ? new Reference(`${namespace}.${name}`)
    : new Unknown(`${namespace}.${name} ${reason}`);
}

function itemOf(of: Value, key: Value, scope: Scope, written: "attribute" | "index"): Value {
  if (key instanceof Unknown) return key;
  if (of instanceof Reference) {
    // A copy of something that has copies: `aws_instance.gpu[0]`.
    if (written === "index" && !of.address.endsWith("]"))
      return new Reference(`${of.address}[${JSON.stringify(key)}]`);
    return scope.attribute(of, String(key));
  }
  if (of instanceof Unknown) return of;
  if (isList(of)) return of[numberOf(key) ?? -1] ?? new Missing("the list has no such item");
  if (isValues(of) && Object.hasOwn(of, String(key))) return of[String(key)]!;
  return new Missing(`there is no ${String(key)} in what is asked for it`);
}

function splat(of: Value, item: Expression, scope: Scope): Value {
  if (of instanceof Unknown) return new Unknown(of.reason, of.references);
  const items = isList(of) ? of : of === null ? [] : [of];
  return items.map((each) => evaluate(item, { ...scope, names: { ...scope.names, [SPLAT_ITEM]: each } }));
}

function callOf({ name, given, spread }: Extract<Expression, { kind: "call" }>, scope: Scope): Value {
  if (name === "try" || name === "coalesce" || name === "can") return firstKnown(name, given, scope);
  const values = given.map((argument) => evaluate(argument, scope));
  const last = values.at(-1);
  if (spread && last instanceof Unknown) return last;
  const all = spread && isList(last) ? [...values.slice(0, -1), ...last] : values;
  if (name === "file") return fileText(all[0] ?? null, scope);
  return call(name, all);
}

/** `try` and `coalesce`: the first that is there. An unknown before it may be there as well, so it is the answer. */
function firstKnown(name: string, given: readonly Expression[], scope: Scope): Value {
  for (const argument of given) {
    const value = evaluate(argument, scope);
    if (name === "can") return value instanceof Missing ? false : value instanceof Unknown ? value : true;
    if (name === "try" && value instanceof Missing) continue;
    if (name === "try" || (value !== null && value !== "")) return value;
  }
  return null;
}

function fileText(path: Value, scope: Scope): Value {
  if (path instanceof Unknown) return path;
  const text = typeof path === "string" ? scope.readText(path) : null;
  return text ?? new Unknown(`the file ${String(path).slice(0, 200)} is not read`);
}

function conditional({ test, yes, no }: Extract<Expression, { kind: "conditional" }>, scope: Scope): Value {
  const condition = evaluate(test, scope);
  if (condition instanceof Unknown) return condition;
  const holds = flagOf(condition);
  return holds === null
    ? new Unknown("a condition is neither true nor false")
    : evaluate(holds ? yes : no, scope);
}

function binary(operator: string, left: Value, rightOf: () => Value): Value {
  // A known side decides alone where it can.
  if (operator === "&&" && flagOf(left) === false) return false;
  if (operator === "||" && flagOf(left) === true) return true;
  const right = rightOf();
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (operator === "==" || operator === "!=") return same(left, right) === (operator === "==");
  if (operator === "&&" || operator === "||")
    return flagOf(right) ?? new Unknown("an operand is neither true nor false");
  const [a, b] = [numberOf(left), numberOf(right)];
  return a === null || b === null ? new Unknown("an operand is no number") : arithmetic(operator, a, b);
}

function same(left: Value, right: Value): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function arithmetic(operator: string, a: number, b: number): Value {
  const results: Readonly<Record<string, number | boolean>> = {
    "+": a + b,
    "-": a - b,
    "*": a * b,
    "/": a / b,
    "%": a % b,
    "<": a < b,
    "<=": a <= b,
    ">": a > b,
    ">=": a >= b,
  };
  const result = results[operator];
  return result === undefined || (typeof result === "number" && !Number.isFinite(result))
    ? new Unknown("the result is no number")
    : result;
}

function unary(operator: string, operand: Value): Value {
  if (operand instanceof Unknown) return operand;
  if (operator === "!") {
    const flag = flagOf(operand);
    return flag === null ? new Unknown("an operand is neither true nor false") : !flag;
  }
  const number = numberOf(operand);
  return number === null ? new Unknown("an operand is no number") : -number;
}

function loop(expression: ForExpression, scope: Scope): Value {
  const over = evaluate(expression.over, scope);
  if (over instanceof Unknown) return over;
  const entries: (readonly [Value, Value])[] = isList(over)
    ? over.map((value, index) => [index, value] as const)
    : isValues(over)
      ? Object.entries(over)
      : [];
  const made: (readonly [Value, Value])[] = [];
  for (const [key, value] of entries) {
    const [first, second] = expression.names;
    const bound: Values = second === undefined ? { [first!]: value } : { [first!]: key, [second]: value };
    const inner: Scope = { ...scope, names: { ...scope.names, ...bound } };
    const wanted = expression.condition === null ? true : evaluate(expression.condition, inner);
    if (wanted instanceof Unknown) return wanted;
    if (flagOf(wanted) !== true) continue;
    made.push([
      expression.key === null ? null : evaluate(expression.key, inner),
      evaluate(expression.value, inner),
    ]);
  }
  if (expression.key === null) return made.map(([, value]) => value);
  return expression.grouped ? grouped(made) : objectOf(made);
}

function grouped(entries: readonly (readonly [Value, Value])[]): Value {
  const groups = new Map<string, Value[]>();
  for (const [key, value] of entries) {
    if (key instanceof Unknown) return key;
    groups.set(String(key), [...(groups.get(String(key)) ?? []), value]);
  }
  return Object.fromEntries(groups);
}
