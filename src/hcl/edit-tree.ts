import type { Node } from "web-tree-sitter";
import { parseTree } from "./parse-grammar.js";

/** A file or the inside of a block. Offsets count UTF-16 units of the text, as JavaScript strings do. */
export interface LocatedBody {
  readonly attributes: readonly LocatedAttribute[];
  readonly blocks: readonly LocatedBlock[];
}

export interface LocatedBlock extends LocatedBody {
  readonly type: string;
  readonly labels: readonly string[];
  readonly start: number;
  readonly end: number;
  /** Behind `{`. */
  readonly inside: number;
  /** At `}`. */
  readonly close: number;
}

export interface LocatedAttribute {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Where the expression begins; it ends with the attribute. */
  readonly valueStart: number;
  /** The expression as it is written. */
  readonly expression: string;
  /** Its value where it is a plain number, boolean, null or a text without template; undefined: it must be computed. */
  readonly literal: string | number | boolean | null | undefined;
}

/**
 * Reads HCL with the position of everything; comments and layout are what lies between. null where the text is no HCL.
 *
 * @throws UsageError TOP-HCL-GRAMMAR where the grammar is not installed.
 */
export async function locateHcl(text: string): Promise<LocatedBody | null> {
  const tree = await parseTree(text);
  try {
    return tree.rootNode.hasError ? null : bodyOf(tree.rootNode, text);
  } finally {
    tree.delete();
  }
}

/** Attributes and blocks right below a node; the grammar wraps them in `body`, which an empty block lacks. */
function bodyOf(node: Node, text: string): LocatedBody {
  const body = node.namedChildren.find((child) => child?.type === "body") ?? null;
  const children = body === null ? [] : body.namedChildren.filter((child) => child !== null);
  return {
    attributes: children.filter(({ type }) => type === "attribute").map((one) => attributeOf(one, text)),
    blocks: children.filter(({ type }) => type === "block").map((one) => blockOf(one, text)),
  };
}

function blockOf(node: Node, text: string): LocatedBlock {
  const children = node.namedChildren.filter((child) => child !== null);
  const [type, ...rest] = children;
  const open = rest.find((child) => child.type === "block_start")!;
  const close = rest.findLast((child) => child.type === "block_end")!;
  const labels = rest
    .filter((child) => child.type === "string_lit" || child.type === "identifier")
    .map((child) => (child.type === "identifier" ? child.text : unquote(child.text)));
  return {
    ...bodyOf(node, text),
    type: type!.text,
    labels,
    start: node.startIndex,
    end: node.endIndex,
    inside: open.endIndex,
    close: close.startIndex,
  };
}

function attributeOf(node: Node, text: string): LocatedAttribute {
  const [name, value] = node.namedChildren.filter((child) => child !== null && child.type !== "comment");
  const expression = text.slice(value!.startIndex, value!.endIndex);
  return {
    name: name!.text,
    start: node.startIndex,
    end: value!.endIndex,
    valueStart: value!.startIndex,
    expression,
    literal: literalOf(expression),
  };
}

function literalOf(expression: string): LocatedAttribute["literal"] {
  if (expression === "true" || expression === "false") return expression === "true";
  if (expression === "null") return null;
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(expression)) return Number(expression);
  return /^"([^"\\\n$%]|\\.|[$%](?!\{))*"$/.test(expression) ? unquote(expression) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\(.)/g, (_, short, long, plain) =>
      plain === undefined
        ? String.fromCodePoint(Number.parseInt(short ?? long, 16))
        : (ESCAPES[plain] ?? plain),
    );
}

/** A text as an HCL expression; `${` and `%{` stand for themselves. */
export function quoteHcl(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t")
    .replaceAll("${", () => "$${")
    .replaceAll("%{", () => "%%{");
  return `"${escaped}"`;
}

/** Line of an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
