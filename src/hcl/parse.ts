import type { Node } from "web-tree-sitter";
import { expressionOf, literalText } from "./parse-expression.js";
import { parseTree } from "./parse-grammar.js";
import type { HclAttribute, HclBlock, HclBody, HclFault, HclFile } from "./parse-types.js";

export type {
  Expression,
  ForExpression,
  HclAttribute,
  HclBlock,
  HclBody,
  HclFault,
  HclFile,
  ObjectEntry,
} from "./parse-types.js";
export { SPLAT_ITEM } from "./parse-types.js";

const EMPTY: HclBody = { attributes: [], blocks: [] };

/** Longest piece of a broken line that a message repeats. */
const SHOWN_CHARACTERS = 60;

/**
 * Reads a Terraform text (.tf, .tfvars). Of top-level blocks that `wanted` refuses only type, labels and line are
 * kept: a file of thousands of resources costs what the few of interest cost. A text with a fault yields the fault
 * with its line, never half of its blocks.
 *
 * @throws UsageError TOP-HCL-GRAMMAR where the grammar is not installed.
 */
export async function parseHcl(
  text: string,
  wanted: (type: string, labels: readonly string[]) => boolean = () => true,
): Promise<HclFile> {
  const tree = await parseTree(text);
  try {
    if (tree.rootNode.hasError) return { ok: false, fault: faultOf(tree.rootNode, text) };
    const body = tree.rootNode.children.find((node) => node.type === "body");
    return { ok: true, body: body === undefined ? EMPTY : bodyOf(body, text, wanted) };
  } finally {
    tree.delete();
  }
}

function bodyOf(node: Node, text: string, wanted?: Parameters<typeof parseHcl>[1]): HclBody {
  const attributes: HclAttribute[] = [];
  const blocks: HclBlock[] = [];
  for (const child of node.children) {
    if (child.type === "attribute") attributes.push(attributeOf(child, text));
    else if (child.type === "block") blocks.push(blockOf(child, text, wanted));
  }
  return { attributes, blocks };
}

function attributeOf(node: Node, text: string): HclAttribute {
  const [name, , expression] = node.children.filter((child) => child.type !== "comment");
  return {
    name: textOf(name!, text),
    line: node.startPosition.row + 1,
    expression: expressionOf(expression!, text),
  };
}

function blockOf(node: Node, text: string, wanted?: Parameters<typeof parseHcl>[1]): HclBlock {
  const children = node.children;
  const [type, ...labels] = children
    .filter((child) => child.type === "identifier" || child.type === "string_lit")
    .map((child) => (child.type === "identifier" ? textOf(child, text) : literalText(child, text)));
  const body = children.find((child) => child.type === "body");
  const read = body !== undefined && (wanted === undefined || wanted(type!, labels));
  return {
    type: type!,
    labels,
    line: node.startPosition.row + 1,
    body: read ? bodyOf(body, text) : EMPTY,
  };
}

const textOf = (node: Node, text: string): string => text.slice(node.startIndex, node.endIndex);

/** The first place that the grammar did not take, in reading order. */
function faultOf(root: Node, text: string): HclFault {
  const node = firstFault(root) ?? root;
  const shown = textOf(node, text).split("\n")[0]!.slice(0, SHOWN_CHARACTERS);
  return {
    line: node.startPosition.row + 1,
    column: node.startPosition.column + 1,
    message: node.isMissing ? `"${node.type}" is missing` : `"${shown}" is not expected here`,
  };
}

function firstFault(node: Node): Node | null {
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) {
    if (!child.hasError && !child.isMissing) continue;
    const found = firstFault(child);
    if (found !== null) return found;
  }
  return null;
}
