import type { Pair } from "../../serving/contract.js";
import { readLocatedYaml } from "../../shared/artifact.js";
import { Encoded, isList, isValues, shownText, Unknown, type Value, type Values } from "./value.js";

export interface UnknownField {
  readonly field: string;
  readonly reason: string;
}

/**
 * The only way to a resource's values: one named attribute at a time, so that nothing leaves which no reader names.
 * An unknown value reads as null and is remembered with its reason.
 */
export interface Attributes {
  /** null where absent, null or unknown; also where it is no name that can be shown. */
  text(name: string): string | null;
  number(name: string): number | null;
  flag(name: string): boolean | null;
  texts(name: string): string[];
  /** Texts as written, of any length: words of a command, of which only options of a fixed list are kept. */
  words(name: string): string[];
  /** The first of a nested block, or an object; null where there is none. */
  block(name: string): Attributes | null;
  blocks(name: string): Attributes[];
  /** Objects directly below, in lists too, whatever they are called. */
  objects(): Attributes[];
  /** Entries whose key `wanted` takes. */
  pairs(name: string, wanted: (key: string) => boolean): Pair[];
  /** Whether the value is stated and unknown; does not remember it. */
  isUnknown(name: string): boolean;
  /** For joins between resources only; never shown. */
  raw(name: string): Value;
  /** The objects of texts that hold YAML or JSON, such as the values of a Helm release. */
  documents(name: string): Attributes[];
}

export function attributesOf(values: Values, unknown: UnknownField[], path = ""): Attributes {
  const fieldOf = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const remember = (name: string, { reason }: Unknown): null => {
    const field = fieldOf(name);
    if (!unknown.some((entry) => entry.field === field)) unknown.push({ field, reason });
    return null;
  };
  const known = (name: string): Exclude<Value, Unknown> => {
    const value = Object.hasOwn(values, name) ? values[name]! : null;
    return value instanceof Unknown ? remember(name, value) : value;
  };
  const inner = (value: Value, name: string): Attributes | null =>
    value instanceof Unknown
      ? remember(name, value)
      : isValues(value)
        ? attributesOf(value, unknown, fieldOf(name))
        : null;

  return {
    text: (name) => textOf(known(name)),
    number: (name) => numberOf(known(name)),
    flag: (name) => flagOf(known(name)),
    texts(name) {
      const value = known(name);
      const items = isList(value) ? value : value === null ? [] : [value];
      return items.flatMap((item) => {
        if (item instanceof Unknown) remember(name, item);
        return textOf(item) ?? [];
      });
    },
    words(name) {
      const value = known(name);
      const items = isList(value) ? value : value === null ? [] : [value];
      return items.flatMap((item) => {
        if (item instanceof Unknown) remember(name, item);
        return typeof item === "string" || typeof item === "number" ? [`${item}`] : [];
      });
    },
    block(name) {
      const value = known(name);
      return inner(isList(value) ? (value[0] ?? null) : value, name);
    },
    blocks(name) {
      const value = known(name);
      const items = isList(value) ? value : value === null ? [] : [value];
      return items.flatMap((item) => inner(item, name) ?? []);
    },
    objects() {
      return Object.entries(values).flatMap(([name, value]) =>
        (isList(value) ? value : [value])
          .filter((item) => isValues(item))
          .map((item) => attributesOf(item, unknown, fieldOf(name))),
      );
    },
    pairs(name, wanted) {
      const value = known(name);
      if (!isValues(value)) return [];
      return Object.entries(value).flatMap(([key, item]) => {
        const text = wanted(key) ? textOf(item) : null;
        return text === null ? [] : [{ key, value: text }];
      });
    },
    isUnknown: (name) => Object.hasOwn(values, name) && values[name] instanceof Unknown,
    raw: (name) => (Object.hasOwn(values, name) ? values[name]! : null),
    documents(name) {
      const value = known(name);
      const items = isList(value) ? value : value === null ? [] : [value];
      return items.flatMap((item) => inner(decoded(item), name) ?? []);
    },
  };
}

/** null where a text is no YAML: what it holds is nobody's business then. */
export function decoded(value: Value): Value {
  if (value instanceof Encoded) return value.value;
  if (typeof value !== "string") return value;
  const yaml = readLocatedYaml(value);
  return "fault" in yaml ? null : (yaml.value as Value);
}

export function textOf(value: Value | undefined): string | null {
  if (typeof value === "string") return value === "" ? null : shownText(value);
  return typeof value === "number" || typeof value === "boolean" ? `${value}` : null;
}

/** Numbers arrive as text from some providers. */
export function numberOf(value: Value | undefined): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function flagOf(value: Value | undefined): boolean | null {
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : null;
}
