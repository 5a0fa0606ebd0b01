import { addLines, replaceExpression } from "../../hcl/edit.js";
import {
  type LocatedAttribute,
  type LocatedBlock,
  type LocatedBody,
  lineOf,
  locateHcl,
} from "../../hcl/edit-tree.js";
import type { TerraformFolder } from "../contract.js";
import { onOneLine } from "../guard.js";

/** One value of a resource: where it stands and what it should be. */
export interface Setting {
  /** Nested blocks that lead to it, outermost first. */
  readonly path: readonly string[];
  readonly name: string;
  /** HCL. */
  readonly expression: string;
  /** `skip`: only where it is written already. */
  readonly whenAbsent: "add" | "skip";
  /** A number within these stays; another one is moved to the nearer end. */
  readonly within?: { readonly minimum: number; readonly maximum: number };
}

export const setting = (
  place: string,
  expression: string,
  whenAbsent: Setting["whenAbsent"] = "add",
): Setting => {
  const steps = place.split(".");
  return { path: steps.slice(0, -1), name: steps.at(-1)!, expression, whenAbsent };
};

/** A number of machines that an autoscaler moves: it stays where it is, as far as the bounds allow. */
export const kept = (place: string, within: NonNullable<Setting["within"]>): Setting => ({
  ...setting(place, `${within.maximum}`, "skip"),
  within,
});

/** A resource of the root module by type and name. */
export interface Resource {
  readonly type: string;
  readonly name: string;
}

/** Why something was left as it is, for people; names the variable that decides, where one does. */
export type Hidden = string;

/** The files of a root module while they are changed; every change reads the text anew. */
export interface Draft {
  /** Files that differ, with both texts. */
  changes(): { readonly path: string; readonly before: string; readonly after: string }[];
  /** Where a resource is declared: file and block as they are now; null where no file of the root module does. */
  find(resource: Resource): Promise<{ readonly path: string; readonly block: LocatedBlock } | null>;
  /** Applies settings; what could not be set comes back in words. */
  set(resource: Resource, settings: readonly Setting[]): Promise<Hidden[]>;
  /** Rewrites the text of one file around a block that `find` gave. */
  rewrite(path: string, change: (text: string) => string): void;
  text(path: string): string;
  addFile(path: string, text: string): void;
  /** Blocks of one type and first label in the root module, with their files. */
  blocks(type: string, label?: string): Promise<{ readonly path: string; readonly block: LocatedBlock }[]>;
  /** Files that set a variable of the root module (`.tfvars`), by the name alone: their values are nobody's business. */
  assigned(variable: string): Promise<string[]>;
  /** Files whose text is no HCL. */
  broken(): Promise<string[]>;
}

export function openDraft(folder: TerraformFolder): Draft {
  const before = new Map(folder.files.map(({ path, text }) => [path, text]));
  const after = new Map(before);
  const rootFiles = () =>
    [...after.keys()].filter((path) => !path.includes("/") && path.endsWith(".tf")).sort();
  const read = (path: string): Promise<LocatedBody | null> => locateHcl(after.get(path)!);
  const draft: Draft = {
    changes: () =>
      [...after]
        .filter(([path, text]) => before.get(path) !== text)
        .map(([path, text]) => ({ path, before: before.get(path) ?? "", after: text }))
        .sort((left, right) => (left.path < right.path ? -1 : 1)),
    async find({ type, name }) {
      const found = await draft.blocks("resource", type);
      return found.find(({ block }) => block.labels[1] === name) ?? null;
    },
    async blocks(type, label) {
      const found = await Promise.all(
        rootFiles().map(async (path) =>
          ((await read(path))?.blocks ?? [])
            .filter((block) => block.type === type && (label === undefined || block.labels[0] === label))
            .map((block) => ({ path, block })),
        ),
      );
      return found.flat();
    },
    async set(resource, settings) {
      const hidden: Hidden[] = [];
      const absent: Setting[] = [];
      for (const one of settings) {
        const outcome = await replaceOne(draft, resource, one);
        if (outcome === "absent" && one.whenAbsent === "add") absent.push(one);
        else if (typeof outcome === "object") hidden.push(outcome.hidden);
      }
      for (const group of byPath(absent)) await addGroup(draft, resource, group);
      return hidden;
    },
    async assigned(variable) {
      const files = [...after.keys()]
        .filter((path) => !path.includes("/") && path.endsWith(".tfvars"))
        .sort();
      const bodies = await Promise.all(files.map(read));
      return files.filter((_, index) => bodies[index]?.attributes.some(({ name }) => name === variable));
    },
    rewrite: (path, change) => void after.set(path, change(after.get(path)!)),
    text: (path) => after.get(path)!,
    addFile: (path, text) => void after.set(path, text),
    async broken() {
      const bodies = await Promise.all(rootFiles().map(read));
      return rootFiles().filter((_, index) => bodies[index] === null);
    },
  };
  return draft;
}

async function replaceOne(
  draft: Draft,
  resource: Resource,
  { path, name, expression: asked, within }: Setting,
): Promise<"done" | "absent" | { readonly hidden: Hidden }> {
  const { path: file, block } = (await draft.find(resource))!;
  const place = [...path, name].join(".");
  const owner = nested(block, path);
  const attribute = typeof owner === "object" ? owner.attributes.find((one) => one.name === name) : undefined;
  const expression = within === undefined ? asked : clamped(attribute?.literal, within);
  const ignored = ignoredBy(block);
  if (ignored !== null && (ignored.has("all") || ignored.has(path[0] ?? name)))
    return { hidden: `${place} is in lifecycle.ignore_changes: Terraform would not apply ${expression}.` };
  if (owner === "many")
    return { hidden: `${place} stands in more than one block: set the right one to ${expression}.` };
  if (owner === "dynamic")
    return { hidden: `${place} is made by a dynamic block (${file}): have it give ${expression}.` };
  if (attribute === undefined) return "absent";
  if (attribute.expression === expression) return "done";
  if (attribute.literal === undefined && !isPlainList(attribute.expression))
    return { hidden: await whatHides(draft, file, place, attribute, expression) };
  draft.rewrite(file, (text) => replaceExpression(text, attribute, expression));
  return "done";
}

function clamped(
  literal: LocatedAttribute["literal"],
  { minimum, maximum }: NonNullable<Setting["within"]>,
): string {
  return `${typeof literal === "number" ? Math.min(maximum, Math.max(minimum, literal)) : maximum}`;
}

/** `["g5.xlarge", "g5.2xlarge"]`: nothing in it has to be computed. */
const isPlainList = (expression: string): boolean => /^\[\s*("[^"\\$%\n]*"\s*,?\s*)*\]$/.test(expression);

/** The nested block that a path leads to; undefined where it is not there. */
function nested(block: LocatedBlock, path: readonly string[]): LocatedBlock | undefined | "many" | "dynamic" {
  let owner: LocatedBlock | undefined = block;
  for (const step of path) {
    const found: LocatedBlock[] = owner.blocks.filter((one) => one.type === step);
    if (found.length > 1) return "many";
    if (found.length === 0)
      return owner.blocks.some((one) => one.type === "dynamic" && one.labels[0] === step)
        ? "dynamic"
        : undefined;
    owner = found[0]!;
  }
  return owner;
}

/** Names that `lifecycle { ignore_changes }` lists. */
function ignoredBy(block: LocatedBlock): ReadonlySet<string> | null {
  const lifecycle = block.blocks.find(({ type }) => type === "lifecycle");
  const list = lifecycle?.attributes.find(({ name }) => name === "ignore_changes")?.expression;
  return list === undefined ? null : new Set(list.match(/[A-Za-z_][\w-]*/g) ?? []);
}

/** In words: what decides a value that is not written where it is used. */
async function whatHides(
  draft: Draft,
  file: string,
  place: string,
  { expression, start }: LocatedAttribute,
  wanted: string,
): Promise<Hidden> {
  const at = `${file}:${lineOf(draft.text(file), start)}`;
  const variable = /\bvar\.([A-Za-z_][\w-]*)/.exec(expression)?.[1];
  const local = /\blocal\.([A-Za-z_][\w-]*)/.exec(expression)?.[1];
  const isAlone = /^(var|local)\.[\w-]+$/.test(expression);
  const how = isAlone ? `set it to ${wanted}` : `make the expression give ${wanted}`;
  if (variable !== undefined)
    return `${place} comes from var.${variable} (${at})${await whereDeclared(draft, variable)}: ${how}.`;
  if (local !== undefined) return `${place} comes from local.${local} (${at}): ${how}.`;
  return `${place} is computed, ${onOneLine(expression, 60)} (${at}): have it give ${wanted}.`;
}

async function whereDeclared(draft: Draft, name: string): Promise<string> {
  const [declared] = await draft.blocks("variable", name);
  const places =
    declared === undefined
      ? []
      : [`declared in ${declared.path}:${lineOf(draft.text(declared.path), declared.block.start)}`];
  const assigned = await draft.assigned(name);
  return [...places, ...assigned.map((path) => `set in ${path}`)].map((one) => `, ${one}`).join("");
}

function byPath(settings: readonly Setting[]): Setting[][] {
  const groups = new Map<string, Setting[]>();
  for (const one of settings) {
    const key = one.path.join(".");
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** Adds attributes to a nested block, which is made where it is missing. */
async function addGroup(draft: Draft, resource: Resource, group: readonly Setting[]): Promise<void> {
  const { path: file, block } = (await draft.find(resource))!;
  const { path } = group[0]!;
  let depth = path.length;
  while (typeof nested(block, path.slice(0, depth)) !== "object") depth -= 1;
  const owner = nested(block, path.slice(0, depth)) as LocatedBlock;
  const pairs = group.map(({ name, expression }) => [name, expression] as const);
  draft.rewrite(file, (text) => {
    const missing = path.slice(depth);
    const column = missing.length > 0 ? 0 : lastColumn(text, owner);
    const lines = wrapped(missing, alignedLines(pairs, column));
    const isEmpty = owner.attributes.length + owner.blocks.length === 0;
    const joins = column > 0 && lines[0]!.indexOf("=") === column;
    return addLines(text, owner, isEmpty || joins ? lines : ["", ...lines]);
  });
}

/** Column of the equals sign in the last line of a block, counted from its name; 0 where new lines stand apart. */
function lastColumn(text: string, owner: LocatedBlock): number {
  const last = [...owner.attributes, ...owner.blocks].sort((a, b) => a.start - b.start).at(-1);
  if (last === undefined || !("valueStart" in last) || last.expression.includes("\n")) return 0;
  return text.slice(last.start, last.valueStart).indexOf("=");
}

/** `name = expression` with the equals signs in one column, at `column` where the names leave room. */
export function alignedLines(pairs: readonly (readonly [string, string])[], column = 0): string[] {
  const width = Math.max(column - 1, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, expression]) => `${name.padEnd(width)} = ${expression}`);
}

/** Lines inside nested blocks, two spaces a step. */
export function wrapped(path: readonly string[], lines: readonly string[]): string[] {
  return [...path]
    .reverse()
    .reduce<string[]>(
      (inner, step) => [`${step} {`, ...inner.map((line) => (line === "" ? "" : `  ${line}`)), "}"],
      [...lines],
    );
}
