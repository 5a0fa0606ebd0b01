/**
 * Files, SQL and `--json` output are snake_case, TypeScript is camelCase; this is the one place that converts.
 * Keys are always ours: user data (model names, intents) never becomes a key, so a blind deep conversion is safe.
 * Values under `attributes`, `messages` and `reference` are the user's and are left untouched.
 */
const OPAQUE_KEYS = new Set(["attributes", "messages", "reference", "grader", "json_schema", "jsonSchema"]);

type CamelKey<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelKey<Tail>>}`
  : S;

export type Camel<T> = T extends bigint | Date | string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Camel<Item>[]
    : T extends object
      ? {
          [K in keyof T as K extends string ? CamelKey<K> : K]: K extends
            | "attributes"
            | "messages"
            | "reference"
            | "grader"
            ? T[K]
            : Camel<T[K]>;
        }
      : T;

export function toCamelKey(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Keys whose digit starts a word; elsewhere digits stay attached (`p95`, `sha256`). */
const DIGIT_WORDS: Readonly<Record<string, string>> = {
  cacheWrite1hTokens: "cache_write_1h_tokens",
  hitCacheWrite1hTokens: "hit_cache_write_1h_tokens",
};

export function toSnakeKey(key: string): string {
  const known = DIGIT_WORDS[key];
  if (known !== undefined) return known;
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function convert(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, rename));
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      rename(key),
      OPAQUE_KEYS.has(key) ? inner : convert(inner, rename),
    ]),
  );
}

/** camelCase in memory to snake_case in a file. */
export function toFileShape(value: unknown): unknown {
  return convert(value, (key) => (key === "apiVersion" ? key : toSnakeKey(key)));
}

/** snake_case in a file to camelCase in memory. */
export function fromFileShape<T>(value: T): Camel<T> {
  return convert(value, toCamelKey) as Camel<T>;
}
