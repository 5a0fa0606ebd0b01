import { posix } from "node:path";
import type { Expression, HclBlock, HclBody } from "../../../hcl/parse.js";
import { numberOf, textOf } from "../attributes.js";
import { groupedBy, indexText, type Resource, within } from "../resource.js";
import { isRead } from "../resources/registry.js";
import { isList, isValues, Unknown, type Value, type Values } from "../value.js";
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
}

export interface ModuleInstance {
  resources(): Resource[];
  output(name: string): Value;
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

/** Copies beyond this are not written out; nobody runs so many machines of one block. */
const MOST_COPIES = 5_000;
const DEEPEST_MODULE = 20;

interface Copy {
  readonly index: string | number | null;
  readonly names: Values;
  /** Why the number of copies is not known. */
  readonly copies: Unknown | null;
}

/** One instance of a module: its resources with every argument that can be known, its outputs on demand. */
export function instantiate(input: ModuleInput, depth = 0): ModuleInstance {
  const byType = groupedBy(input.source.blocks, ({ block }) => block.type);
  const blocksOf = (type: string): readonly WrittenBlock[] => byType.get(type) ?? [];
  const labelled = (type: string): Map<string, WrittenBlock> =>
    new Map(blocksOf(type).map((written) => [written.block.labels.join("."), written]));
  const [variables, outputs, resources, calls] = ["variable", "output", "resource", "module"].map(
    labelled,
  ) as [
    Map<string, WrittenBlock>,
    Map<string, WrittenBlock>,
    Map<string, WrittenBlock>,
    Map<string, WrittenBlock>,
  ];
  const locals = new Map(
    blocksOf("locals").flatMap(({ block }) =>
      block.body.attributes.map((local) => [local.name, local.expression]),
    ),
  );
  const remembered = new Map<string, Value>();
  const children = new Map<string, ModuleInstance | null>();

  /** Each name is worked out once; one that leads back to itself is unknown. */
  function once(key: string, compute: () => Value): Value {
    const known = remembered.get(key);
    if (known !== undefined) return known;
    remembered.set(key, new Unknown(`${key} leads back to itself`));
    const value = compute();
    remembered.set(key, value);
    return value;
  }

  const scope: Scope = {
    variable: (name) => once(`var.${name}`, () => variableValue(name)),
    local: (name) =>
      once(`local.${name}`, () => {
        const expression = locals.get(name);
        return expression === undefined
          ? new Unknown(`local.${name} is not declared`)
          : evaluate(expression, scope);
      }),
    attribute: (reference, name) => once(`${reference.address}.${name}`, () => attributeOf(reference, name)),
    folder: input.source.folder,
    rootFolder: input.rootFolder,
    readText: input.readText,
    names: {},
  };

  function variableValue(name: string): Value {
    const declared = variables.get(name);
    if (declared === undefined) return new Unknown(`variable "${name}" is not declared`);
    if (expressionAt(declared.block.body, "sensitive") !== null)
      return new Unknown(`variable "${name}" is sensitive`);
    const given = input.given(name);
    if (given !== null) return given;
    const fallback = expressionAt(declared.block.body, "default");
    return fallback === null ? new Unknown(input.missing(name)) : evaluate(fallback, scope);
  }

  function attributeOf(reference: Reference, name: string): Value {
    const unknown = new Unknown(`${reference.address}.${name} is known only after apply`, [
      within(input.address, reference.address),
    ]);
    const plain = reference.address.replace(/\[.*$/, "");
    if (plain.startsWith("module.")) {
      const child = childOf(plain.slice("module.".length), reference.address.slice(plain.length));
      return child?.output(name) ?? unknown;
    }
    const written = resources.get(plain);
    const expression = written === undefined ? null : expressionAt(written.block.body, name);
    if (expression === null) return unknown;
    const copies = copiesOf(written!.block.body, scope);
    const copy =
      copies.find(({ index }) => indexText(index) === reference.address.slice(plain.length)) ?? copies[0];
    return copy === undefined ? unknown : evaluate(expression, { ...scope, names: copy.names });
  }

  function childOf(name: string, index: string): ModuleInstance | null {
    const key = `${name}${index}`;
    if (!children.has(key)) {
      const written = calls.get(name);
      const copies = written === undefined ? [] : copiesOf(written.block.body, scope);
      const copy = copies.find((candidate) => indexText(candidate.index) === index) ?? copies[0];
      children.set(key, copy === undefined ? null : openChild(written!, copy));
    }
    return children.get(key)!;
  }

  function openChild({ file, block }: WrittenBlock, copy: Copy): ModuleInstance | null {
    const name = block.labels[0] ?? "";
    const inner: Scope = { ...scope, names: copy.names };
    const from = expressionAt(block.body, "source");
    const path = from === null ? null : textOf(evaluate(from, inner));
    const at = `${file}:${block.line}: module "${name}"`;
    if (path === null || !/^\.\.?(\/|$)/.test(path)) {
      input.note(
        `${at} comes from elsewhere (${path ?? "not stated"}); what it creates is not in these files.`,
      );
      return null;
    }
    const source = input.moduleAt(posix.join(input.source.folder, path));
    if (source === null || depth >= DEEPEST_MODULE) {
      input.note(`${at}: ${path} holds no .tf file that was read.`);
      return null;
    }
    const address = within(input.address, `module.${name}${indexText(copy.index)}`);
    const handed = expressionAt(block.body, "providers");
    return instantiate(
      {
        ...input,
        address,
        source,
        given(argument) {
          const expression = MODULE_META.has(argument) ? null : expressionAt(block.body, argument);
          return expression === null ? null : evaluate(expression, inner);
        },
        missing: (argument) => `variable "${argument}" of ${address} has no default and is not given`,
        region: (provider) => regionOf(handedProvider(handed, provider) ?? provider),
      },
      depth + 1,
    );
  }

  function regionOf(provider: string): string | null {
    const [name, alias] = provider.split(".");
    const own = blocksOf("provider").find(({ block }) => {
      const written = expressionAt(block.body, "alias");
      const alias2 = written === null ? undefined : (textOf(evaluate(written, scope)) ?? undefined);
      return block.labels[0] === name && alias2 === alias;
    });
    const region = own === undefined ? null : expressionAt(own.block.body, "region");
    return region === null
      ? own === undefined
        ? input.region(provider)
        : null
      : textOf(evaluate(region, scope));
  }

  function resourcesOf({ file, block }: WrittenBlock): Resource[] {
    const [type, name] = [block.labels[0] ?? "", block.labels[1] ?? ""];
    if (!isRead(type)) return [];
    const provider = expressionAt(block.body, "provider");
    const providerRegion = regionOf(provider === null ? type.split("_")[0]! : (providerName(provider) ?? ""));
    return copiesOf(block.body, scope).map(({ index, names, copies }) => ({
      source: file,
      kind: "configuration",
      address: within(input.address, `${type}.${name}${indexText(index)}`),
      module: input.address,
      type,
      name,
      line: block.line,
      status: "configured",
      values: valuesOf(block.body, { ...scope, names }, META),
      providerRegion,
      copies,
    }));
  }

  return {
    resources() {
      const own = blocksOf("resource").flatMap(resourcesOf);
      const inner = blocksOf("module").flatMap(({ block }) =>
        copiesOf(block.body, scope).flatMap(
          ({ index }) => childOf(block.labels[0] ?? "", indexText(index))?.resources() ?? [],
        ),
      );
      return [...own, ...inner];
    },
    output(name) {
      const written = outputs.get(name);
      const expression = written === undefined ? null : expressionAt(written.block.body, "value");
      return expression === null
        ? new Unknown(`${within(input.address, name)} is not an output`)
        : once(`output ${name}`, () => evaluate(expression, scope));
    },
  };
}

const expressionAt = (body: HclBody, name: string): Expression | null =>
  body.attributes.find((attribute) => attribute.name === name)?.expression ?? null;

/** `aws.west`, as resources and modules name a provider. */
function providerName(expression: Expression): string | null {
  if (expression.kind === "name") return expression.name;
  return expression.kind === "attribute" && expression.of.kind === "name"
    ? `${expression.of.name}.${expression.name}`
    : null;
}

function handedProvider(handed: Expression | null, provider: string): string | null {
  if (handed?.kind !== "object") return null;
  const entry = handed.entries.find(({ key }) =>
    key.kind === "literal" ? key.value === provider : providerName(key) === provider,
  );
  return entry === undefined ? null : providerName(entry.value);
}

/** The copies that `count` or `for_each` ask for; one without a known number where either is unknown. */
function copiesOf(body: HclBody, scope: Scope): Copy[] {
  const [count, forEach] = [expressionAt(body, "count"), expressionAt(body, "for_each")];
  if (count !== null) return countedCopies(evaluate(count, scope));
  if (forEach !== null) return keyedCopies(evaluate(forEach, scope));
  return [{ index: null, names: {}, copies: null }];
}

function countedCopies(count: Value): Copy[] {
  if (count instanceof Unknown) return [uncounted({ count: { index: count } }, count)];
  const number = numberOf(count) ?? 0;
  if (number > MOST_COPIES) {
    const many = new Unknown(`count is ${number}, more than ${MOST_COPIES} copies`);
    return [uncounted({ count: { index: many } }, many)];
  }
  return Array.from({ length: Math.max(0, number) }, (_, index) => ({
    index,
    names: { count: { index } },
    copies: null,
  }));
}

function keyedCopies(over: Value): Copy[] {
  if (over instanceof Unknown) return [uncounted({ each: { key: over, value: over } }, over)];
  const entries: (readonly [string, Value])[] = isList(over)
    ? over.map((item) => [String(item), item] as const)
    : isValues(over)
      ? Object.entries(over)
      : [];
  const unknown = isList(over) ? over.find((item) => item instanceof Unknown) : undefined;
  if (unknown !== undefined) return [uncounted({ each: { key: unknown, value: unknown } }, unknown)];
  return entries
    .slice(0, MOST_COPIES)
    .map(([key, value]) => ({ index: key, names: { each: { key, value } }, copies: null }));
}

const uncounted = (names: Values, copies: Unknown): Copy => ({ index: null, names, copies });

/** Arguments and nested blocks as a state would show them: a nested block is a list of objects. */
function valuesOf(body: HclBody, scope: Scope, without: ReadonlySet<string> = new Set()): Values {
  const values = new Map<string, Value>();
  for (const { name, expression } of body.attributes) {
    if (!without.has(name)) values.set(name, evaluate(expression, scope));
  }
  for (const block of body.blocks) {
    const dynamic = block.type === "dynamic";
    const name = dynamic ? (block.labels[0] ?? "") : block.type;
    if (without.has(name)) continue;
    const before = values.get(name);
    const added = dynamic ? dynamicBlocks(block, scope) : [valuesOf(block.body, scope)];
    values.set(name, added instanceof Unknown ? added : [...(isList(before) ? before : []), ...added]);
  }
  return Object.fromEntries(values);
}

function dynamicBlocks(block: HclBlock, scope: Scope): Unknown | Values[] {
  const content = block.body.blocks.find(({ type }) => type === "content");
  const over = expressionAt(block.body, "for_each");
  if (content === undefined || over === null) return [];
  const iterator = expressionAt(block.body, "iterator");
  const name = iterator?.kind === "name" ? iterator.name : (block.labels[0] ?? "");
  const items = evaluate(over, scope);
  if (items instanceof Unknown) return items;
  const entries: (readonly [Value, Value])[] = isList(items)
    ? items.map((item, index) => [index, item] as const)
    : isValues(items)
      ? Object.entries(items)
      : [];
  return entries
    .slice(0, MOST_COPIES)
    .map(([key, value]) =>
      valuesOf(content.body, { ...scope, names: { ...scope.names, [name]: { key, value } } }),
    );
}
