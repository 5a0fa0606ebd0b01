import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020, type AnySchema } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { tokenop } from "./cli.js";

/** Writes values as JSON Lines and returns the path. */
export async function writeLines(folder: string, name: string, values: readonly unknown[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  return path;
}

/** Problems that the published schema `name` finds in `value`; empty where it fits. */
export async function schemaProblems(name: string, value: unknown): Promise<string[]> {
  const schema = (await tokenop(["schema", name])).json<AnySchema & object>();
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  const validate = ajv.compile(schema);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

export interface Decision {
  readonly question: string;
  readonly candidate: string;
  readonly scope: string;
  readonly verdict: string;
  readonly population: string;
  readonly n: number;
  readonly decided_at: number | null;
  readonly baseline_score: number;
  readonly candidate_score: number;
  readonly difference: number;
  readonly lower: number;
  readonly upper: number;
  readonly margin: number;
  readonly certifiable_margin: number;
  readonly samples_needed: number | null;
  readonly family: number;
  readonly explanation: string;
}

export interface RunJson {
  readonly mode: string;
  readonly decisions: readonly Decision[];
  readonly calls: number;
  readonly calls_fixed_design: number;
  readonly paid_calls: number;
  readonly spent_usd: number;
  readonly complete: boolean;
  readonly stopped: string | null;
  readonly message?: string;
  readonly estimate?: {
    readonly calls: number;
    readonly most: { readonly cost_usd: string | null };
    readonly questions: readonly { readonly pairs_if_all_tie: number | null }[];
  };
  readonly what_if_uncertified?: readonly { readonly baseline: string; readonly candidate: string }[];
}

/** evaluation.yaml without the block that tells runs apart, and where asked without what the clock measured. */
export async function readEvaluation(
  workspace: string,
  options: { readonly withoutLatency?: boolean } = {},
): Promise<Record<string, unknown> & { decisions: Record<string, unknown>[] }> {
  const { run, ...rest } = parse(await readFile(join(workspace, "evaluation.yaml"), "utf8"));
  if (options.withoutLatency !== true) return rest;
  return {
    ...rest,
    decisions: rest.decisions.map((decision: object) => ({ ...decision, latency_ms: "measured" })),
    operations: rest.operations.filter(({ kind }: { kind: string }) => kind !== "latency_p95"),
  };
}
