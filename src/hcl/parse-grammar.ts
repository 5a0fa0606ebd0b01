import { createRequire } from "node:module";
import { Language, Parser, type Tree } from "web-tree-sitter";
import { UsageError } from "../shared/errors.js";

/** The grammar's own name of its file, looked up where Node would look for the package. */
const GRAMMAR = "@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm";

let opened: Promise<Parser> | null = null;

/**
 * The syntax tree of a Terraform text; give it back with `tree.delete()`, its memory is not collected. Offsets count
 * characters of the text as JavaScript does.
 *
 * @throws UsageError TOP-HCL-GRAMMAR where the optional package with the grammar is not installed.
 */
export async function parseTree(text: string): Promise<Tree> {
  opened ??= openParser();
  const tree = (await opened).parse(text);
  if (tree === null) throw new Error("the HCL parser was stopped");
  return tree;
}

async function openParser(): Promise<Parser> {
  const path = grammarPath();
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(path));
  return parser;
}

function grammarPath(): string {
  try {
    return createRequire(import.meta.url).resolve(GRAMMAR);
  } catch (cause) {
    throw new UsageError({
      code: "TOP-HCL-GRAMMAR",
      message: "Terraform's own language cannot be read: its grammar is not installed.",
      found: "The optional package @tree-sitter-grammars/tree-sitter-hcl is missing.",
      fix: "Install again with optional packages, or give JSON instead: terraform show -json > state.json",
      cause,
    });
  }
}
