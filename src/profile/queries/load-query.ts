import { readFileSync } from "node:fs";
import type { Engine, EngineParameters, EngineRow } from "../../engine/contract.js";
import { type Camel, fromFileShape } from "../../shared/case.js";

/** What a `{{placeholder}}` may stand for: names and literals that a bound parameter cannot carry. */
export type Fragment =
  | { readonly path: string }
  | { readonly identifier: string }
  | { readonly integer: number }
  /** `CASE` over ascending whole-number thresholds: the largest one strictly below the column, else 0. */
  | { readonly classOf: string; readonly thresholds: readonly number[] };

export type Fragments = Readonly<Record<string, Fragment>>;

const texts = new Map<string, string>();

/** Text of `queries/<name>.sql` with its placeholders filled. Values belong in bound parameters, not here. */
export function loadQuery(name: string, fragments: Fragments = {}): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`./${name}.sql`, import.meta.url), "utf8");
    texts.set(name, text);
  }
  return text.replace(/\{\{(\w+)\}\}/g, (_, placeholder: string) => {
    const fragment = fragments[placeholder];
    if (fragment === undefined) throw new RangeError(`${name}.sql needs "${placeholder}"`);
    return render(fragment);
  });
}

export interface QueryOptions {
  readonly fragments?: Fragments;
  readonly parameters?: EngineParameters;
  readonly stage?: string;
}

export async function runQuery(engine: Engine, name: string, options: QueryOptions = {}): Promise<number> {
  return engine.run(loadQuery(name, options.fragments), options);
}

/** Rows of a query in camelCase. */
export async function queryRows<T extends EngineRow>(
  engine: Engine,
  name: string,
  options: QueryOptions = {},
): Promise<Camel<T>[]> {
  return fromFileShape(await engine.rows<T>(loadQuery(name, options.fragments), options)) as Camel<T>[];
}

function render(fragment: Fragment): string {
  if ("path" in fragment) return `'${fragment.path.replaceAll("'", "''")}'`;
  if ("identifier" in fragment) return `"${fragment.identifier.replaceAll('"', '""')}"`;
  if ("integer" in fragment) return wholeNumber(fragment.integer);
  const column = render({ identifier: fragment.classOf });
  const descending = [...fragment.thresholds].sort((a, b) => b - a).map(wholeNumber);
  if (descending.length === 0) return "0";
  return `CASE ${descending.map((bound) => `WHEN ${column} > ${bound} THEN ${bound}`).join(" ")} ELSE 0 END`;
}

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number`);
  return `${value}`;
}
