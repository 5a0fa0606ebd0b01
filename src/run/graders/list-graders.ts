import { z } from "zod";
import type { Grader } from "../contract.js";
import { GRADERS } from "./registry.js";

export interface GraderOption {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Absent where there is none to show. */
  readonly default?: unknown;
}

export interface GraderInfo {
  readonly id: string;
  readonly summary: string;
  /** True where it runs programs, and so needs `--allow-exec`. */
  readonly executes: boolean;
  readonly options: readonly GraderOption[];
}

interface OptionsSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<
    Record<string, { readonly description?: string; readonly default?: unknown }>
  >;
}

/** What the command line shows of each grader; read from the schemas that options are checked with. */
export function listGraders(): GraderInfo[] {
  return GRADERS.map((grader) => ({
    id: grader.id,
    summary: grader.summary,
    executes: grader.executes === true,
    options: optionsOf(grader),
  }));
}

function optionsOf({ options }: Grader): GraderOption[] {
  const { properties = {}, required = [] } = z.toJSONSchema(options, { io: "input" }) as OptionsSchema;
  return Object.entries(properties).map(([name, { description = "", default: value }]) => ({
    name,
    description,
    required: required.includes(name),
    ...(value !== undefined && { default: value }),
  }));
}
