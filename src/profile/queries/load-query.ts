import { readFileSync } from "node:fs";
import type { Dialect, Engine, EngineParameters, EngineRow } from "../../engine/contract.js";
import { type Camel, fromFileShape } from "../../shared/case.js";

/** What a `{{placeholder}}` may stand for: names and literals that a bound parameter cannot carry. */
export type Fragment =
  | { readonly path: string }
  | { readonly integer: number }
  /** A floating-point literal, to the last bit. */
  | { readonly double: number }
  /** Names with commas between. */
  | { readonly identifiers: readonly string[] }
  /** A relation of one column of whole numbers. */
  | { readonly column: string; readonly integers: readonly number[] }
  /** Text of another query, or an expression that this code wrote. */
  | { readonly sql: string }
  /** `CASE` over ascending whole-number thresholds: the largest one strictly below the column, else 0. */
  | { readonly classOf: string; readonly thresholds: readonly number[] };

export type Fragments = Readonly<Record<string, Fragment>>;

const texts = new Map<string, string>();

/** What a dialect spells its own way, as queries call it: `{{whole_division(micros, 60000000)}}`. */
const CALLS: Readonly<Record<string, (dialect: Dialect, args: readonly string[]) => string>> = {
  whole_division: (dialect, [dividend, divisor]) => dialect.wholeDivision(dividend!, divisor!),
  list_length: (dialect, [list]) => dialect.listLength(list!),
};

/**
 * Text of `queries/<name>.sql` with its placeholders filled, in the words of one dialect. Values belong in bound
 * parameters, not here. Queries under `passes/` read events and are one SELECT each, the same for every engine.
 */
export function loadQuery(name: string, dialect: Dialect, fragments: Fragments = {}): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`./${name}.sql`, import.meta.url), "utf8");
    texts.set(name, text);
  }
  return text.trimEnd().replace(PLACEHOLDER, (_, word: string, args: string | undefined) => {
    const call = CALLS[word];
    if (args !== undefined && call !== undefined) return call(dialect, splitArguments(args));
    const fragment = fragments[word];
    if (fragment === undefined || args !== undefined) throw new RangeError(`${name}.sql needs "${word}"`);
    return render(fragment);
  });
}

const PLACEHOLDER = /\{\{(\w+)(?:\(([^{}]*)\))?\}\}/g;

/** No argument of ours has a comma of its own. */
const splitArguments = (text: string): string[] => text.split(",").map((argument) => argument.trim());

export interface QueryOptions {
  readonly fragments?: Fragments;
  readonly parameters?: EngineParameters;
  readonly stage?: string;
}

export async function runQuery(engine: Engine, name: string, options: QueryOptions = {}): Promise<number> {
  return engine.run(loadQuery(name, engine.dialect, options.fragments), options);
}

/** Rows of a query in camelCase. */
export async function queryRows<T extends EngineRow>(
  engine: Engine,
  name: string,
  options: QueryOptions = {},
): Promise<Camel<T>[]> {
  return fromFileShape(
    await engine.rows<T>(loadQuery(name, engine.dialect, options.fragments), options),
  ) as Camel<T>[];
}

function render(fragment: Fragment): string {
  if ("path" in fragment) return `'${fragment.path.replaceAll("'", "''")}'`;
  if ("identifiers" in fragment) return fragment.identifiers.join(", ");
  if ("integer" in fragment) return wholeNumber(fragment.integer);
  if ("double" in fragment) return fragment.double.toExponential();
  if ("sql" in fragment) return fragment.sql;
  if ("integers" in fragment) return relationOf(fragment.column, fragment.integers);
  const column = fragment.classOf;
  const descending = [...fragment.thresholds].sort((a, b) => b - a).map(wholeNumber);
  if (descending.length === 0) return "0";
  return `CASE ${descending.map((bound) => `WHEN ${column} > ${bound} THEN ${bound}`).join(" ")} ELSE 0 END`;
}

const relationOf = (column: string, integers: readonly number[]): string =>
  `(${integers.map((value) => `SELECT ${wholeNumber(value)} AS ${column}`).join(" UNION ALL ")})`;

function wholeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number`);
  return `${value}`;
}
