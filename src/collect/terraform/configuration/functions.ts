import { flagOf, numberOf } from "../attributes.js";
import { Encoded, isList, isValues, Missing, Unknown, unknownIn, type Value, type Values } from "../value.js";

type Function = (...given: readonly Value[]) => Value;

/** null, where a function is not given what it takes; Terraform would end in an error. */
const REFUSED = new Missing("the function is given something that it does not take");

const text = (value: Value | undefined): string =>
  value === null || value === undefined || typeof value === "object" ? "" : `${value}`;
const list = (value: Value | undefined): readonly Value[] =>
  isList(value) ? value : isValues(value) ? Object.values(value) : [];
const map = (value: Value | undefined): Values => (isValues(value) ? value : {});
const numbers = (given: readonly Value[]): number[] => given.map((value) => numberOf(value) ?? Number.NaN);
const sameText = (left: Value, right: Value): boolean => JSON.stringify(left) === JSON.stringify(right);

const distinct = (items: readonly Value[]): Value[] =>
  items.filter((item, index) => items.findIndex((other) => sameText(other, item)) === index);

const flattened = (items: readonly Value[]): Value[] =>
  items.flatMap((item) => (isList(item) ? flattened(item) : [item]));

/** Take values whose parts may be unknown, and keep those parts. */
const STRUCTURAL: Readonly<Record<string, Function>> = {
  concat: (...given) => given.flatMap(list),
  element: (items, index) => {
    const all = list(items);
    return all[(((numberOf(index) ?? 0) % all.length) + all.length) % all.length] ?? REFUSED;
  },
  flatten: (items) => flattened(list(items)),
  jsonencode: (value) => new Encoded(value ?? null),
  keys: (value) => Object.keys(map(value)).sort(),
  length: (value) =>
    typeof value === "string"
      ? [...value].length
      : isValues(value)
        ? Object.keys(value).length
        : list(value).length,
  lookup: (value, key, fallback) => {
    const values = map(value);
    return Object.hasOwn(values, text(key)) ? values[text(key)]! : (fallback ?? REFUSED);
  },
  merge: (...given) => Object.assign({}, ...given.map(map)),
  one: (items) => (list(items).length > 1 ? REFUSED : (list(items)[0] ?? null)),
  slice: (items, from, to) => list(items).slice(numberOf(from) ?? 0, numberOf(to) ?? 0),
  tolist: (items) => [...list(items)],
  tomap: (value) => map(value),
  values: (value) =>
    Object.keys(map(value))
      .sort()
      .map((key) => map(value)[key]!),
  yamlencode: (value) => new Encoded(value ?? null),
  zipmap: (names, items) =>
    Object.fromEntries(list(names).map((name, index) => [text(name), list(items)[index] ?? null])),
};

/** Take only what is known in all its parts. */
const PLAIN: Readonly<Record<string, Function>> = {
  abs: (value) => Math.abs(numbers([value!])[0]!),
  ceil: (value) => Math.ceil(numbers([value!])[0]!),
  compact: (items) => list(items).filter((item) => item !== null && item !== ""),
  contains: (items, wanted) => list(items).some((item) => sameText(item, wanted ?? null)),
  distinct: (items) => distinct(list(items)),
  endswith: (value, end) => text(value).endsWith(text(end)),
  floor: (value) => Math.floor(numbers([value!])[0]!),
  format: (pattern, ...given) => formatted(text(pattern), given),
  join: (separator, ...lists) => lists.flatMap(list).map(text).join(text(separator)),
  lower: (value) => text(value).toLowerCase(),
  max: (...given) => Math.max(...numbers(given)),
  min: (...given) => Math.min(...numbers(given)),
  range: (...given) => rangeOf(numbers(given)),
  replace: (value, from, to) =>
    /^\/.*\/$/.test(text(from)) ? REFUSED : text(value).replaceAll(text(from), text(to)),
  reverse: (items) => list(items).toReversed(),
  sort: (items) => list(items).map(text).sort(),
  split: (separator, value) => text(value).split(text(separator)),
  startswith: (value, start) => text(value).startsWith(text(start)),
  sum: (items) => numbers(list(items)).reduce((left, right) => left + right, 0),
  title: (value) => text(value).replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
  tobool: (value) => flagOf(value) ?? REFUSED,
  tonumber: (value) => numberOf(value) ?? REFUSED,
  toset: (items) => distinct(list(items)),
  tostring: (value) => (value === null ? null : text(value)),
  trim: (value, cut) => trimmed(text(value), text(cut)),
  trimprefix: (value, start) =>
    text(value).startsWith(text(start)) ? text(value).slice(text(start).length) : text(value),
  trimspace: (value) => text(value).trim(),
  trimsuffix: (value, end) =>
    text(end) !== "" && text(value).endsWith(text(end))
      ? text(value).slice(0, -text(end).length)
      : text(value),
  upper: (value) => text(value).toUpperCase(),
};

/** The value of a function of Terraform's; what it does not follow, or is not given, is unknown. */
export function call(name: string, given: readonly Value[]): Value {
  const plainName = name.replace(/^core::/, "");
  if (Object.hasOwn(STRUCTURAL, plainName)) {
    return firstUnknown(given) ?? checked(STRUCTURAL[plainName]!(...given));
  }
  if (!Object.hasOwn(PLAIN, plainName)) return new Unknown(`the function ${plainName}() is not followed`);
  for (const value of given) {
    const unknown = unknownIn(value);
    if (unknown !== null) return unknown;
  }
  return checked(PLAIN[plainName]!(...given));
}

const firstUnknown = (given: readonly Value[]): Unknown | null =>
  given.find((value): value is Unknown => value instanceof Unknown) ?? null;

const checked = (value: Value): Value =>
  typeof value === "number" && !Number.isFinite(value) ? REFUSED : value;

const LONGEST_RANGE = 10_000;

function rangeOf(given: readonly number[]): Value {
  const [start, limit] = given.length === 1 ? [0, given[0]!] : [given[0]!, given[1]!];
  const step = given[2] ?? (limit >= start ? 1 : -1);
  const length = Math.max(0, Math.ceil((limit - start) / step));
  if (!(length <= LONGEST_RANGE)) return REFUSED;
  return Array.from({ length }, (_, index) => start + index * step);
}

function formatted(pattern: string, given: readonly Value[]): Value {
  let next = 0;
  let followed = true;
  const result = pattern.replace(/%(%|0?\d*[sdv]|[^sdv%]?)/g, (_, verb: string) => {
    if (verb === "%") return "%";
    const value = given[next];
    next += 1;
    const width = /^(0?)(\d*)[sdv]$/.exec(verb);
    if (width === null || value === undefined || (typeof value === "object" && value !== null))
      followed = false;
    return text(value).padStart(Number(width?.[2] ?? 0), width?.[1] === "0" ? "0" : " ");
  });
  return followed ? result : REFUSED;
}

function trimmed(value: string, cut: string): string {
  const letters = new Set(cut);
  const all = [...value];
  const start = all.findIndex((letter) => !letters.has(letter));
  const end = all.findLastIndex((letter) => !letters.has(letter));
  return start === -1 ? "" : all.slice(start, end + 1).join("");
}
