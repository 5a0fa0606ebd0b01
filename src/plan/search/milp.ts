import type { LegacyHighs } from "highs";

/** A mixed-integer linear programme to be minimised; variables are continuous and at least 0 unless listed. */
export interface Programme {
  readonly objective: readonly Term[];
  readonly rows: readonly Row[];
  readonly binaries: readonly string[];
  readonly integers: readonly string[];
}

/** Coefficient and variable; names are letters, digits and underscores. */
export type Term = readonly [coefficient: number, variable: string];

export interface Row {
  readonly terms: readonly Term[];
  readonly sense: "<=" | ">=" | "=";
  readonly right: number;
}

export interface Solution {
  /** No solution costs less, up to the solver's tolerance. */
  readonly bound: number;
  readonly values: ReadonlyMap<string, number>;
}

/** Solves a programme to optimality; null where it has no solution. */
export type Milp = (programme: Programme) => Solution | null;

/** Nodes after which the solver gives up and the bound of the relaxation is used instead: no clock, equal runs alike. */
const MAXIMUM_NODES = 200_000;

/**
 * Presolve is off: with it HiGHS 1.15 was seen to fail on small programmes, and with tighter feasibility tolerances to
 * call a worse solution optimal. A slower answer that can be relied on is worth more here.
 */
const OPTIONS = {
  presolve: "off",
  mip_rel_gap: 0,
  mip_abs_gap: 1e-9,
  mip_max_nodes: MAXIMUM_NODES,
  random_seed: 1,
  output_flag: false,
} as const;

/** Opens HiGHS (https://highs.dev), compiled to WebAssembly. */
export async function openHighs(): Promise<Milp> {
  const { default: highsModule } = await import("highs");
  // The package's types describe its CommonJS build; its ES module exports the loader itself.
  const load = highsModule as unknown as () => Promise<LegacyHighs>;
  const highs = await load();
  return (programme) => solveWith(highs, programme);
}

function solveWith(highs: LegacyHighs, programme: Programme): Solution | null {
  const answer = highs.solve(formatLp(programme), OPTIONS);
  if (answer.Status === "Infeasible") return null;
  const columns = Object.entries(answer.Columns as Record<string, { readonly Primal?: number }>);
  const values = new Map(columns.map(([name, column]) => [name, column.Primal ?? 0]));
  if (answer.Status === "Optimal") return { bound: answer.ObjectiveValue, values };
  // Stopped early: the relaxation's optimum is below every integer solution.
  const relaxed = highs.solve(formatLp({ ...programme, integers: [] }, true), OPTIONS);
  return { bound: relaxed.Status === "Optimal" ? relaxed.ObjectiveValue : Number.NEGATIVE_INFINITY, values };
}

/** The programme in CPLEX LP format; `relaxed`: binaries become shares. */
export function formatLp({ objective, rows, binaries, integers }: Programme, relaxed = false): string {
  const lines = ["Minimize", ` cost: ${sumOf(objective)}`, "Subject To"];
  rows.forEach(({ terms, sense, right }, index) => {
    lines.push(` r${index}: ${sumOf(terms)} ${sense} ${numeral(right)}`);
  });
  if (relaxed) {
    lines.push("Bounds", ...binaries.map((name) => ` ${name} <= 1`));
  } else {
    if (integers.length > 0) lines.push("General", ...integers.map((name) => ` ${name}`));
    lines.push("Binary", ...binaries.map((name) => ` ${name}`));
  }
  return `${lines.join("\n")}\nEnd\n`;
}

function sumOf(terms: readonly Term[]): string {
  const byName = new Map<string, number>();
  for (const [coefficient, name] of terms) byName.set(name, (byName.get(name) ?? 0) + coefficient);
  const parts = [...byName].filter(([, coefficient]) => coefficient !== 0);
  if (parts.length === 0) return `0 ${terms[0]?.[1] ?? "none"}`;
  return parts
    .map(([name, coefficient]) => `${coefficient < 0 ? "-" : "+"} ${numeral(Math.abs(coefficient))} ${name}`)
    .join("\n  ");
}

function numeral(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toPrecision(15);
}
