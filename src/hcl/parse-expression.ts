import type { Node } from "web-tree-sitter";
import { type Expression, type ForExpression, type ObjectEntry, SPLAT_ITEM } from "./parse-types.js";

/** Operators whose operands stand as loose siblings beside them. */
const OPERATORS = new Set(["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "!"]);

/** What follows a value and is applied to it: `.name`, `[key]`, `[*]`. */
const STEPS = new Set(["get_attr", "index", "splat"]);

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/** The expression of an `expression` node of the grammar. */
export function expressionOf(node: Node, text: string): Expression {
  return chainOf(meaningful(node), text);
}

/** The text of a `string_lit` node, escapes resolved. */
export function literalText(node: Node, text: string): string {
  const inner = text.slice(node.startIndex + 1, node.endIndex - 1);
  return unescaped(inner);
}

const textOf = (node: Node, text: string): string => text.slice(node.startIndex, node.endIndex);

const meaningful = (node: Node): Node[] => node.children.filter((child) => child.type !== "comment");

/** A value and the steps after it, as the loose siblings that the grammar makes of them. */
function chainOf(nodes: readonly Node[], text: string): Expression {
  const [first, ...rest] = nodes;
  if (first === undefined) return { kind: "other", text: "" };
  if (first.type === "(")
    return chainOf([...nodes.slice(1, closing(nodes)), ...nodes.slice(closing(nodes) + 1)], text);
  return rest.reduce<Expression>((value, step) => stepOn(value, step, text), primaryOf(first, text));
}

function closing(nodes: readonly Node[]): number {
  const at = nodes.findLastIndex((node) => node.type === ")");
  return at === -1 ? nodes.length : at;
}

function primaryOf(node: Node, text: string): Expression {
  switch (node.type) {
    case "expression":
    case "literal_value":
    case "collection_value":
    case "template_expr":
    case "for_expr":
    case "operation":
    case "variable_expr":
      return chainOf(meaningful(node), text);
    case "identifier":
      return { kind: "name", name: textOf(node, text) };
    case "numeric_lit":
      return { kind: "literal", value: Number(textOf(node, text)) };
    case "bool_lit":
      return { kind: "literal", value: textOf(node, text) === "true" };
    case "null_lit":
      return { kind: "literal", value: null };
    case "string_lit":
      return { kind: "literal", value: literalText(node, text) };
    case "quoted_template":
      return templateOf(node, text, unescaped);
    case "heredoc_template":
      return heredocOf(node, text);
    case "tuple":
      return { kind: "list", items: expressionsIn(node, text) };
    case "object":
      return { kind: "object", entries: entriesOf(node, text) };
    case "function_call":
      return callOf(node, text);
    case "conditional":
      return conditionalOf(node, text);
    case "binary_operation":
      return binaryOf(node, text);
    case "unary_operation":
      return unaryOf(node, text);
    case "for_tuple_expr":
    case "for_object_expr":
      return forOf(node, text);
    default:
      return { kind: "other", text: textOf(node, text) };
  }
}

function stepOn(of: Expression, node: Node, text: string): Expression {
  const inner = meaningful(node);
  if (node.type === "get_attr") return { kind: "attribute", of, name: textOf(inner.at(-1)!, text) };
  if (node.type === "index") return indexOn(of, inner[0]!, text);
  if (node.type === "splat") {
    const steps = meaningful(inner[0]!).filter((step) => STEPS.has(step.type));
    const placeholder: Expression = { kind: "name", name: SPLAT_ITEM };
    return {
      kind: "splat",
      of,
      item: steps.reduce<Expression>((value, step) => stepOn(value, step, text), placeholder),
    };
  }
  return { kind: "other", text: textOf(node, text) };
}

function indexOn(of: Expression, node: Node, text: string): Expression {
  // `list.0`, an older way of writing `list[0]`.
  if (node.type === "legacy_index") {
    return { kind: "index", of, key: { kind: "literal", value: Number(textOf(node, text).slice(1)) } };
  }
  const key = meaningful(node).find((child) => child.type === "expression");
  return key === undefined
    ? { kind: "other", text: textOf(node, text) }
    : { kind: "index", of, key: expressionOf(key, text) };
}

const expressionsIn = (node: Node, text: string): Expression[] =>
  node.children.filter((child) => child.type === "expression").map((child) => expressionOf(child, text));

function entriesOf(node: Node, text: string): ObjectEntry[] {
  return node.children
    .filter((child) => child.type === "object_elem")
    .map((element) => {
      const [key, value] = expressionsIn(element, text);
      // A bare word is the key itself; in parentheses it is a reference.
      const named: Expression =
        key!.kind === "name" && !textOf(element, text).startsWith("(")
          ? { kind: "literal", value: key!.name }
          : key!;
      return { key: named, value: value! };
    });
}

function callOf(node: Node, text: string): Expression {
  const [name] = node.children;
  const given = node.children.find((child) => child.type === "function_arguments");
  return {
    kind: "call",
    name: textOf(name!, text),
    given: given === undefined ? [] : expressionsIn(given, text),
    spread: given?.children.some((child) => child.type === "ellipsis") ?? false,
  };
}

function conditionalOf(node: Node, text: string): Expression {
  const [test, yes, no] = expressionsIn(node, text);
  return { kind: "conditional", test: test!, yes: yes!, no: no! };
}

function binaryOf(node: Node, text: string): Expression {
  const parts = meaningful(node);
  const at = parts.findIndex((part, index) => index > 0 && OPERATORS.has(part.type));
  return {
    kind: "binary",
    operator: parts[at]!.type,
    left: chainOf(parts.slice(0, at), text),
    right: chainOf(parts.slice(at + 1), text),
  };
}

function unaryOf(node: Node, text: string): Expression {
  const [operator, ...operand] = meaningful(node);
  return { kind: "unary", operator: operator!.type, operand: chainOf(operand, text) };
}

function forOf(node: Node, text: string): ForExpression {
  const intro = meaningful(node.children.find((child) => child.type === "for_intro")!);
  const [first, second] = expressionsIn(node, text);
  const condition = node.children.find((child) => child.type === "for_cond");
  return {
    kind: "for",
    names: intro.filter((child) => child.type === "identifier").map((child) => textOf(child, text)),
    over: expressionOf(intro.find((child) => child.type === "expression")!, text),
    key: second === undefined ? null : first!,
    value: second ?? first!,
    condition: condition === undefined ? null : expressionsIn(condition, text)[0]!,
    grouped: node.children.some((child) => child.type === "ellipsis"),
  };
}

/**
 * Text between interpolations is taken from the source: the grammar leaves out the space around it. A directive
 * (`%{ if }`) makes the whole template something that is not followed.
 */
function templateOf(
  node: Node,
  text: string,
  decode: (literal: string, at: number) => string,
  start?: number,
  end?: number,
): Expression {
  const [from, to] = [start ?? node.startIndex + 1, end ?? node.endIndex - 1];
  const parts: Expression[] = [];
  let at = from;
  const literalUpTo = (until: number): void => {
    if (until > at) parts.push({ kind: "literal", value: decode(text.slice(at, until), at) });
  };
  for (const child of node.children) {
    if (child.type === "template_directive") return { kind: "other", text: textOf(node, text) };
    if (child.type !== "template_interpolation") continue;
    literalUpTo(child.startIndex);
    parts.push(expressionsIn(child, text)[0] ?? { kind: "other", text: textOf(child, text) });
    at = child.endIndex;
  }
  literalUpTo(to);
  return { kind: "template", parts };
}

/** From the line after `<<EOT` to the line before the closing word; `<<-` takes the common indentation away. */
function heredocOf(node: Node, text: string): Expression {
  const words = node.children.filter((child) => child.type === "heredoc_identifier");
  const start = text.indexOf("\n", words[0]!.endIndex) + 1;
  const end = text.lastIndexOf("\n", words.at(-1)!.startIndex) + 1;
  if (end <= start) return { kind: "literal", value: "" };
  const indented = textOf(node, text).startsWith("<<-");
  const margin = indented ? commonMargin(text.slice(start, end)) : 0;
  const leading = new RegExp(`\\n[ \\t]{0,${margin}}`, "g");
  const decode = (literal: string, at: number): string => {
    const startsLine = text[at - 1] === "\n";
    const plain = (startsLine ? `\n${literal}` : literal).replace(leading, "\n").slice(startsLine ? 1 : 0);
    return plain.replaceAll("$${", "${").replaceAll("%%{", "%{");
  };
  return templateOf(node, text, decode, start, end);
}

function commonMargin(body: string): number {
  const margins = body
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.length - line.trimStart().length);
  return margins.length === 0 ? 0 : Math.min(...margins);
}

function unescaped(literal: string): string {
  return literal
    .replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[nrt"\\])/g, (_, code: string) =>
      code.length > 1 ? String.fromCodePoint(Number.parseInt(code.slice(1), 16)) : ESCAPES[code]!,
    )
    .replaceAll("$${", "${")
    .replaceAll("%%{", "%{");
}
