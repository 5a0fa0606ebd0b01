import { posix } from "node:path";
import type { Expression } from "../../../hcl/parse.js";
import { textOf } from "../attributes.js";
import type { TerraformDocument } from "../resource.js";
import { Unknown } from "../value.js";
import { evaluate, type Scope } from "./evaluate.js";
import { ModuleInstance } from "./module.js";
import { type ModuleSource, parseFolders, type TerraformText } from "./source.js";

/**
 * What .tf files configure, one document a root module: a folder that no other folder calls as a module. Variables
 * come from defaults, terraform.tfvars and *.auto.tfvars; everything else that Terraform would ask for is unknown.
 *
 * @param readText text of a file beside the configuration, for `file()`; null where it is not read.
 * @throws UsageError TOP-HCL-GRAMMAR where the grammar is not installed.
 */
export async function readConfiguration(
  texts: readonly TerraformText[],
  readText: (path: string) => string | null = () => null,
): Promise<TerraformDocument[]> {
  const { modules, notes } = await parseFolders(texts);
  const called = calledFolders(modules);
  const roots = [...modules.values()].filter(({ folder }) => !called.has(folder));
  const documents = roots.map((root) => readRoot(root, modules, readText));
  const [first, ...rest] = documents;
  if (first === undefined) return notes.length === 0 ? [] : [noteOnly(texts[0]!.folder, notes)];
  return [{ ...first, notes: [...notes, ...first.notes] }, ...rest];
}

const noteOnly = (folder: string, notes: readonly string[]): TerraformDocument => ({
  source: { file: folder, kind: "configuration", resources: 0 },
  resources: [],
  notes,
  folder,
  lineage: null,
});

/** Copies within copied modules multiply; nobody runs so many machines from one root. */
const MOST_RESOURCES = 100_000;

function readRoot(
  root: ModuleSource,
  modules: ReadonlyMap<string, ModuleSource>,
  readText: (path: string) => string | null,
): TerraformDocument {
  const notes = new Set<string>();
  let left = MOST_RESOURCES;
  const nowhere = literalScope(root.folder);
  const instance = new ModuleInstance({
    address: "",
    source: root,
    rootFolder: root.folder,
    given(name) {
      const expression = root.given.get(name);
      return expression === undefined ? null : evaluate(expression, nowhere);
    },
    missing: (name) => `variable "${name}" has no default and no value in terraform.tfvars`,
    region: () => null,
    moduleAt: (folder) => modules.get(folder) ?? null,
    readText,
    note: (text) => notes.add(text),
    room(wanted) {
      const granted = Math.min(wanted, left);
      left -= granted;
      if (granted < wanted)
        notes.add(`${root.folder}: more than ${MOST_RESOURCES} copies of resources; the rest is left out.`);
      return granted;
    },
  });
  const resources = instance.resources();
  const written = root.blocks.filter(({ block }) => block.type === "resource").length;
  return {
    source: { file: root.folder, kind: "configuration", resources: Math.max(written, resources.length) },
    resources,
    notes: [...notes],
    folder: root.folder,
    lineage: null,
  };
}

/** Folders that some other folder calls by a path. */
function calledFolders(modules: ReadonlyMap<string, ModuleSource>): Set<string> {
  const called = new Set<string>();
  for (const { folder, blocks } of modules.values()) {
    for (const { block } of blocks) {
      if (block.type !== "module") continue;
      const source = block.body.attributes.find(({ name }) => name === "source")?.expression;
      const path = source === undefined ? null : literalText(source, folder);
      if (path !== null && /^\.\.?(\/|$)/.test(path)) {
        const target = posix.join(folder, path).replace(/(?<=.)\/$/, "");
        if (target !== folder) called.add(target);
      }
    }
  }
  return called;
}

const literalText = (expression: Expression, folder: string): string | null =>
  textOf(evaluate(expression, literalScope(folder)));

/** Where nothing but literals means anything: values files, and sources of modules. */
function literalScope(folder: string): Scope {
  const unknown = (what: string): Unknown => new Unknown(`${what} means nothing here`);
  return {
    variable: (name) => unknown(`var.${name}`),
    local: (name) => unknown(`local.${name}`),
    attribute: ({ address }) => unknown(address),
    folder,
    rootFolder: folder,
    readText: () => null,
    names: {},
  };
}
