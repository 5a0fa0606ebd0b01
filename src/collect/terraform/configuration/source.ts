import { type Expression, type HclBlock, parseHcl } from "../../../hcl/parse.js";
import { isRead } from "../resources/registry.js";

/** One folder of .tf files, parsed. */
export interface ModuleSource {
  /** Relative to the folder that was searched, with forward slashes; "." for itself. */
  readonly folder: string;
  readonly blocks: readonly WrittenBlock[];
  /** `name = value` of terraform.tfvars and *.auto.tfvars; later files win. */
  readonly given: ReadonlyMap<string, Expression>;
}

export interface WrittenBlock {
  readonly file: string;
  readonly block: HclBlock;
}

export interface TerraformText {
  /** Relative to the folder that was searched. */
  readonly file: string;
  readonly folder: string;
  readonly text: string;
}

export interface ParsedFolders {
  readonly modules: ReadonlyMap<string, ModuleSource>;
  /** `file:line: what is wrong` of files that were left out. */
  readonly notes: readonly string[];
}

const isValueFile = (file: string): boolean => file.endsWith(".tfvars");

/** Terraform reads terraform.tfvars first, then *.auto.tfvars by name. */
const valueFileOrder = (file: string): string => (/(^|\/)terraform\.tfvars$/.test(file) ? "0" : `1${file}`);

/** Resources that no reader asks for are kept without their body. */
const wanted = (type: string, labels: readonly string[]): boolean =>
  type !== "resource" || isRead(labels[0] ?? "");

/** Parses .tf and .tfvars files into their folders; a file with a fault is left out and noted with its line. */
export async function parseFolders(texts: readonly TerraformText[]): Promise<ParsedFolders> {
  const notes: string[] = [];
  const blocks = new Map<string, WrittenBlock[]>();
  const given = new Map<string, Map<string, Expression>>();
  const ordered = texts.toSorted((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1));
  for (const { file, folder, text } of ordered) {
    const parsed = await parseHcl(text, wanted);
    if (!parsed.ok) {
      notes.push(`${file}:${parsed.fault.line}: ${parsed.fault.message}; the file is left out.`);
    } else if (isValueFile(file)) {
      const values = given.get(folder) ?? new Map<string, Expression>();
      for (const { name, expression } of parsed.body.attributes) values.set(name, expression);
      given.set(folder, values);
    } else {
      const kept = parsed.body.blocks.map((block) => ({ file, block }));
      blocks.set(folder, [...(blocks.get(folder) ?? []), ...kept]);
    }
  }
  const modules = new Map(
    [...blocks].map(([folder, own]) => [
      folder,
      { folder, blocks: own, given: given.get(folder) ?? new Map() },
    ]),
  );
  return { modules, notes };
}

const orderOf = ({ file }: TerraformText): string =>
  isValueFile(file) ? `1${valueFileOrder(file)}` : `0${file}`;
