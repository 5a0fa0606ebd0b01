import type { Expression, HclBlock, HclBody } from "../../../hcl/parse.js";
import { numberOf } from "../attributes.js";
import { isList, isValues, Unknown, type Value, type Values } from "../value.js";
import { evaluate, type Scope } from "./evaluate.js";

/** Copies beyond this are not written out; nobody runs so many machines of one block. */
const MOST_COPIES = 5_000;

/** One copy of a block by `count` or `for_each`; a block without either has one. */
export interface Copy {
  readonly index: string | number | null;
  readonly names: Values;
  /** Why the number of copies is not known. */
  readonly copies: Unknown | null;
}

export const expressionAt = (body: HclBody, name: string): Expression | null =>
  body.attributes.find((attribute) => attribute.name === name)?.expression ?? null;

/** `aws.west`, as resources and modules name a provider. */
export function providerName(expression: Expression): string | null {
  if (expression.kind === "name") return expression.name;
  return expression.kind === "attribute" && expression.of.kind === "name"
    ? `${expression.of.name}.${expression.name}`
    : null;
}

export function handedProvider(handed: Expression | null, provider: string): string | null {
  if (handed?.kind !== "object") return null;
  const entry = handed.entries.find(({ key }) =>
    key.kind === "literal" ? key.value === provider : providerName(key) === provider,
  );
  return entry === undefined ? null : providerName(entry.value);
}

/** The copies that `count` or `for_each` ask for; one without a known number where either is unknown. */
export function copiesOf(body: HclBody, scope: Scope): Copy[] {
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
export function valuesOf(body: HclBody, scope: Scope, without: ReadonlySet<string> = new Set()): Values {
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
