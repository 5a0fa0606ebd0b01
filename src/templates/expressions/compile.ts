import type { ASTNode, BinaryOperator } from "@marcbachmann/cel-js";
import { nearest } from "../../shared/nearest.js";
import { ExpressionFault } from "./fault.js";
import { parseExpression } from "./parse.js";

export type Value = number | boolean;
/** `any`: known only when evaluated, as what a command prints. */
export type Kind = "number" | "boolean" | "any";
export type Values = ReadonlyMap<string, Value>;

export interface Expression {
  readonly text: string;
  readonly kind: Kind;
  /** Names that the expression uses, each once. */
  readonly names: readonly string[];
  /** @throws ExpressionFault where a name has no value, a divisor is 0, or a result is not a finite number. */
  evaluate(values: Values): Value;
}

interface Part {
  readonly kind: Kind;
  readonly run: (values: Values) => Value;
}

/**
 * Turns the text of an expression into a function. What is not listed here does not exist: the syntax tree is walked
 * once, and any node but a number, true, false, a declared name, an operator or one of four functions is refused. So
 * no field, index, list, macro or object is ever reached.
 *
 * The tree comes from the CEL parser; types and values are judged here, because CEL keeps integers and doubles apart
 * (`tokens / 1000` would be an error) and lets a division by zero pass as infinity.
 *
 * @throws ExpressionFault with the position of what is wrong.
 */
export function compileExpression(text: string, names: ReadonlyMap<string, Kind>): Expression {
  const used = new Set<string>();
  const part = compile(parseExpression(text), { text, names, used });
  return { text, kind: part.kind, names: [...used], evaluate: part.run };
}

interface Scope {
  readonly text: string;
  readonly names: ReadonlyMap<string, Kind>;
  readonly used: Set<string>;
}

type Binary = (left: number, right: number) => number;

const ARITHMETIC: Readonly<Record<string, Binary>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
};

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

interface Callable {
  readonly least: number;
  readonly most: number;
  readonly run: (values: readonly number[]) => number;
}

const FUNCTIONS: ReadonlyMap<string, Callable> = new Map([
  ["ceil", { least: 1, most: 1, run: ([value]) => Math.ceil(value!) }],
  ["floor", { least: 1, most: 1, run: ([value]) => Math.floor(value!) }],
  ["min", { least: 1, most: 16, run: (values) => Math.min(...values) }],
  ["max", { least: 1, most: 16, run: (values) => Math.max(...values) }],
]);

const WHAT_NODES_ARE: Readonly<Record<string, string>> = {
  ".": "a field of something",
  "[]": "an index",
  rcall: "a method",
  list: "a list",
  map: "a map",
  in: 'the word "in"',
};

const ALLOWED = "numbers, true, false, names, operators, and ceil, floor, min, max";

function compile(node: ASTNode, scope: Scope): Part {
  switch (node.op) {
    case "value":
      return literal(node.args, node);
    case "id":
      return name(node.args, node, scope);
    case "call":
      return call(node.args[0], node.args[1], node, scope);
    case "-_":
      return negated(node.args, scope);
    case "!_": {
      const operand = compile(node.args, scope);
      const test = truth(operand, node.args);
      return { kind: "boolean", run: (values) => !test(values) };
    }
    case "&&":
    case "||":
      return logical(node.op, node.args, scope);
    case "?:":
      return choice(node.args, scope);
    case "==":
    case "!=":
      return equality(node.op, node.args, scope);
    default:
      return binary(node, scope);
  }
}

function literal(value: unknown, node: ASTNode): Part {
  if (typeof value === "boolean") return { kind: "boolean", run: () => value };
  const isDecimal = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(node.input.slice(node.start, node.end));
  if ((typeof value !== "number" && typeof value !== "bigint") || !isDecimal)
    throw refused(node, "a literal");
  const number = Number(value);
  return { kind: "number", run: () => number };
}

function name(id: string, node: ASTNode, { names, used }: Scope): Part {
  const kind = names.get(id);
  if (kind === undefined) throw unknownName(id, node.start, [...names.keys()]);
  used.add(id);
  return {
    kind,
    run: (values) => {
      const value = values.get(id);
      if (value === undefined) throw new ExpressionFault(node.start, `no value for ${id}`, "a value");
      return value;
    },
  };
}

function unknownName(id: string, offset: number, known: readonly string[]): ExpressionFault {
  const meant = nearest(id, known);
  const hint = meant === null ? "" : `, perhaps ${meant}`;
  return new ExpressionFault(
    offset,
    `the unknown name "${id}"`,
    `${known.length === 0 ? "no names" : `one of ${known.join(", ")}`}${hint}`,
  );
}

function call(id: string, args: readonly ASTNode[], node: ASTNode, scope: Scope): Part {
  const callable = FUNCTIONS.get(id);
  if (callable === undefined) {
    throw new ExpressionFault(node.start, `the unknown function "${id}"`, [...FUNCTIONS.keys()].join(", "));
  }
  const { least, most, run } = callable;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${least} value` : `${least} to ${most} values`;
    throw new ExpressionFault(node.start, `${id} of ${args.length} values`, wanted);
  }
  const parts = args.map((argument) => amount(compile(argument, scope), argument));
  return { kind: "number", run: (values) => run(parts.map((part) => part(values))) };
}

function negated(operand: ASTNode, scope: Scope): Part {
  const run = amount(compile(operand, scope), operand);
  return { kind: "number", run: (values) => -run(values) };
}

function logical(op: "&&" | "||", [left, right]: readonly [ASTNode, ASTNode], scope: Scope): Part {
  const first = truth(compile(left, scope), left);
  const second = truth(compile(right, scope), right);
  return {
    kind: "boolean",
    run:
      op === "&&" ? (values) => first(values) && second(values) : (values) => first(values) || second(values),
  };
}

function choice(args: readonly [ASTNode, ASTNode, ASTNode], scope: Scope): Part {
  const test = truth(compile(args[0], scope), args[0]);
  const [yes, no] = [compile(args[1], scope), compile(args[2], scope)];
  const kind = sameKind(yes, no, args[2]);
  return { kind, run: (values) => (test(values) ? yes.run(values) : no.run(values)) };
}

function equality(op: "==" | "!=", args: readonly [ASTNode, ASTNode], scope: Scope): Part {
  const [left, right] = [compile(args[0], scope), compile(args[1], scope)];
  sameKind(left, right, args[1]);
  const wanted = op === "==";
  return { kind: "boolean", run: (values) => (left.run(values) === right.run(values)) === wanted };
}

function binary(node: ASTNode, scope: Scope): Part {
  const [arithmetic, comparison] = [ARITHMETIC[node.op], COMPARISONS[node.op]];
  if (arithmetic === undefined && comparison === undefined) throw refused(node, WHAT_NODES_ARE[node.op]);
  const [leftNode, rightNode] = node.args as readonly [ASTNode, ASTNode];
  const left = amount(compile(leftNode, scope), leftNode);
  const right = amount(compile(rightNode, scope), rightNode);
  if (comparison !== undefined) {
    return { kind: "boolean", run: (values) => comparison(left(values), right(values)) };
  }
  const op = node.op as BinaryOperator;
  return {
    kind: "number",
    run: (values) => {
      const divisor = right(values);
      if (divisor === 0 && (op === "/" || op === "%")) {
        throw new ExpressionFault(rightNode.start, "a division by zero", "a divisor other than 0");
      }
      const result = arithmetic!(left(values), divisor);
      if (Number.isFinite(result)) return result;
      throw new ExpressionFault(node.start, "a result that is too large", "a finite number");
    },
  };
}

/** A part as a number; its kind is checked now where it is known, else when it is evaluated. */
function amount(part: Part, node: ASTNode): (values: Values) => number {
  if (part.kind === "boolean") throw new ExpressionFault(node.start, "true or false", "a number");
  return (values) => {
    const value = part.run(values);
    if (typeof value === "number") return value;
    throw new ExpressionFault(node.start, "true or false", "a number");
  };
}

function truth(part: Part, node: ASTNode): (values: Values) => boolean {
  const fault = (): ExpressionFault =>
    new ExpressionFault(
      node.start,
      "a number",
      "true or false, such as a comparison; NOT takes it in brackets: NOT (a > b)",
    );
  if (part.kind === "number") throw fault();
  return (values) => {
    const value = part.run(values);
    if (typeof value === "boolean") return value;
    throw fault();
  };
}

function sameKind(left: Part, right: Part, node: ASTNode): Kind {
  if (left.kind === "any" || right.kind === "any") return "any";
  if (left.kind === right.kind) return left.kind;
  const [found, expected] = [right.kind, left.kind].map((kind) =>
    kind === "number" ? "a number" : "true or false",
  );
  throw new ExpressionFault(node.start, found!, `${expected!}, as on the other side`);
}

function refused(node: ASTNode, what = `"${node.op}"`): ExpressionFault {
  return new ExpressionFault(node.start, what, ALLOWED);
}
