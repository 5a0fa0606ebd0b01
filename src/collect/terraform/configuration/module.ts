import { posix } from "node:path";
import type { Expression } from "../../../hcl/parse.js";
import { flagOf, textOf } from "../attributes.js";
import { groupedBy, indexText, type Resource, within } from "../resource.js";
import { isRead } from "../resources/registry.js";
import { Unknown, type Value } from "../value.js";
import { type Copy, copiesOf, expressionAt, handedProvider, providerName, valuesOf } from "./blocks.js";
import { evaluate, type Reference, type Scope } from "./evaluate.js";
import type { ModuleSource, WrittenBlock } from "./source.js";

/** What a module instance needs from outside itself. */
export interface ModuleInput {
  readonly address: string;
  readonly source: ModuleSource;
  readonly rootFolder: string;
  /** null: not given, the default holds. */
  given(name: string): Value | null;
  /** Why a variable without default and value is unknown. */
  readonly missing: (name: string) => string;
  /** Region of a provider configuration that the caller hands in. */
  region(provider: string): string | null;
  moduleAt(folder: string): ModuleSource | null;
  readText(path: string): string | null;
  note(text: string): void;
  /** How many more resources of those that are wanted may be written out. */
  room(wanted: number): number;
}

/** Arguments of blocks that are Terraform's, not the resource's. */
const META = new Set([
  "count",
  "for_each",
  "provider",
  "depends_on",
  "lifecycle",
  "provisioner",
  "connection",
]);
const MODULE_META = new Set(["source", "version", "count", "for_each", "providers", "depends_on"]);

const DEEPEST_MODULE = 20;

/** One instance of a module: its resources with every argument that can be known, its outputs on demand. */
export class ModuleInstance {
  readonly #input: ModuleInput;
  readonly #depth: number;
  readonly #blocks: ReadonlyMap<string, readonly WrittenBlock[]>;
  readonly #labelled: ReadonlyMap<string, WrittenBlock>;
  readonly #locals: ReadonlyMap<string, Expression>;
  readonly #scope: Scope;
  readonly #remembered = new Map<string, Value>();
  readonly #copies = new Map<WrittenBlock, readonly Copy[]>();
  readonly #children = new Map<string, ModuleInstance | null>();

  constructor(input: ModuleInput, depth = 0) {
    this.#input = input;
    this.#depth = depth;
    this.#blocks = groupedBy(input.source.blocks, ({ block }) => block.type);
    this.#labelled = new Map(
      input.source.blocks.map((written) => [
        `${written.block.type} ${written.block.labels.join(".")}`,
        written,
      ]),
    );
    this.#locals = new Map(
      this.#blocksOf("locals").flatMap(({ block }) =>
        block.body.attributes.map((local) => [local.name, local.expression]),
      ),
    );
    this.#scope = {
      variable: (name) => this.#once(`var.${name}`, () => this.#variable(name)),
      local: (name) => this.#once(`local.${name}`, () => this.#local(name)),
      attribute: (reference, name) =>
        this.#once(`${reference.address}.${name}`, () => this.#attribute(reference, name)),
      folder: input.source.folder,
      rootFolder: input.rootFolder,
      readText: input.readText,
      names: {},
    };
  }

  resources(): Resource[] {
    const own = this.#blocksOf("resource").flatMap((written) => this.#resourcesOf(written));
    const inner = this.#blocksOf("module").flatMap((written) =>
      this.#copiesOf(written).flatMap(
        ({ index }) => this.#child(written.block.labels[0] ?? "", indexText(index))?.resources() ?? [],
      ),
    );
    return [...own, ...inner];
  }

  output(name: string): Value {
    const expression = this.#expressionOf(`output ${name}`, "value");
    return expression === null
      ? new Unknown(`${within(this.#input.address, name)} is not an output`)
      : this.#once(`output ${name}`, () => evaluate(expression, this.#scope));
  }

  #blocksOf(type: string): readonly WrittenBlock[] {
    return this.#blocks.get(type) ?? [];
  }

  #expressionOf(block: string, attribute: string): Expression | null {
    const written = this.#labelled.get(block);
    return written === undefined ? null : expressionAt(written.block.body, attribute);
  }

  #copiesOf(written: WrittenBlock): readonly Copy[] {
    const known = this.#copies.get(written);
    if (known !== undefined) return known;
    const copies = copiesOf(written.block.body, this.#scope);
    this.#copies.set(written, copies);
    return copies;
  }

  /** Each name is worked out once; one that leads back to itself is unknown. */
  #once(key: string, compute: () => Value): Value {
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    this.#remembered.set(key, new Unknown(`${key} leads back to itself`));
    const value = compute();
    this.#remembered.set(key, value);
    return value;
  }

  #variable(name: string): Value {
    const block = `variable ${name}`;
    if (!this.#labelled.has(block)) return new Unknown(`variable "${name}" is not declared`);
    const sensitive = this.#expressionOf(block, "sensitive");
    if (sensitive !== null && flagOf(evaluate(sensitive, this.#scope)) !== false)
      return new Unknown(`variable "${name}" is sensitive`);
    const given = this.#input.given(name);
    if (given !== null) return given;
    const fallback = this.#expressionOf(block, "default");
    return fallback === null ? new Unknown(this.#input.missing(name)) : evaluate(fallback, this.#scope);
  }

  #local(name: string): Value {
    const expression = this.#locals.get(name);
    return expression === undefined
      ? new Unknown(`local.${name} is not declared`)
      : evaluate(expression, this.#scope);
  }

  /** What a resource states of itself, or a module gives out; the rest is known after apply. */
  #attribute({ address }: Reference, name: string): Value {
    const unknown = new Unknown(`${address}.${name} is known only after apply`, [
      within(this.#input.address, address),
    ]);
    const plain = address.replace(/\[.*$/, "");
    const index = address.slice(plain.length);
    if (plain.startsWith("module."))
      return this.#child(plain.slice("module.".length), index)?.output(name) ?? unknown;
    const expression = this.#expressionOf(`resource ${plain}`, name);
    if (expression === null) return unknown;
    const copies = this.#copiesOf(this.#labelled.get(`resource ${plain}`)!);
    const copy = copies.find((candidate) => indexText(candidate.index) === index) ?? copies[0];
    return copy === undefined ? unknown : evaluate(expression, { ...this.#scope, names: copy.names });
  }

  #child(name: string, index: string): ModuleInstance | null {
    const key = `${name}${index}`;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const written = this.#labelled.get(`module ${name}`);
    const copies = written === undefined ? [] : this.#copiesOf(written);
    const copy = copies.find((candidate) => indexText(candidate.index) === index) ?? copies[0];
    const child = copy === undefined ? null : this.#open(written!, copy);
    this.#children.set(key, child);
    return child;
  }

  #open({ file, block }: WrittenBlock, copy: Copy): ModuleInstance | null {
    const name = block.labels[0] ?? "";
    const inner: Scope = { ...this.#scope, names: copy.names };
    const source = this.#sourceOf(
      `${file}:${block.line}: module "${name}"`,
      expressionAt(block.body, "source"),
      inner,
    );
    if (source === null) return null;
    const address = within(this.#input.address, `module.${name}${indexText(copy.index)}`);
    const handed = expressionAt(block.body, "providers");
    const input: ModuleInput = {
      ...this.#input,
      address,
      source,
      given(argument) {
        const expression = MODULE_META.has(argument) ? null : expressionAt(block.body, argument);
        return expression === null ? null : evaluate(expression, inner);
      },
      missing: (argument) => `variable "${argument}" of ${address} has no default and is not given`,
      region: (provider) => this.#region(handedProvider(handed, provider) ?? provider),
    };
    return new ModuleInstance(input, this.#depth + 1);
  }

  /** The folder that a module call names; null, with a note, where it is not among these files. */
  #sourceOf(at: string, from: Expression | null, scope: Scope): ModuleSource | null {
    const path = from === null ? null : textOf(evaluate(from, scope));
    if (path === null || !/^\.\.?(\/|$)/.test(path)) {
      const where = path ?? "not stated";
      this.#input.note(`${at} comes from elsewhere (${where}); what it creates is not in these files.`);
      return null;
    }
    const folder = posix.join(this.#input.source.folder, path).replace(/(?<=.)\/$/, "");
    const source = this.#depth < DEEPEST_MODULE ? this.#input.moduleAt(folder) : null;
    if (source === null) this.#input.note(`${at}: ${path} holds no .tf file that was read.`);
    return source;
  }

  #region(provider: string): string | null {
    const [name, alias = null] = provider.split(".");
    const own = this.#blocksOf("provider").find(({ block }) => {
      const written = expressionAt(block.body, "alias");
      return (
        block.labels[0] === name &&
        (written === null ? null : textOf(evaluate(written, this.#scope))) === alias
      );
    });
    if (own === undefined) return this.#input.region(provider);
    const region = expressionAt(own.block.body, "region");
    return region === null ? null : textOf(evaluate(region, this.#scope));
  }

  #resourcesOf(written: WrittenBlock): Resource[] {
    const { file, block } = written;
    const [type, name] = [block.labels[0] ?? "", block.labels[1] ?? ""];
    if (!isRead(type)) return [];
    const provider = expressionAt(block.body, "provider");
    const providerRegion = this.#region(
      provider === null ? type.split("_")[0]! : (providerName(provider) ?? ""),
    );
    const copies = this.#copiesOf(written);
    return copies.slice(0, this.#input.room(copies.length)).map(({ index, names, copies: unknown }) => ({
      source: file,
      kind: "configuration",
      address: within(this.#input.address, `${type}.${name}${indexText(index)}`),
      module: this.#input.address,
      type,
      name,
      line: block.line,
      status: "configured",
      values: valuesOf(block.body, { ...this.#scope, names }, META),
      providerRegion,
      copies: unknown,
    }));
  }
}
