/**
 * The format of a template: Markdown with YAML frontmatter. The frontmatter is data that programs read, held to the
 * strict schema below; the body is prose for the person who decides. A template claims nothing that its own arithmetic,
 * inputs and evidence do not carry: every figure has a basis and a source, and `tokenop plan` recomputes the saving on
 * the user's own events through the levers that it names.
 */
import type { z } from "zod";
import type { Camel } from "../shared/case.js";
import type { TemplateLayer, templateSchema } from "./schema.js";

export { FACTS, type Fact } from "./facts.js";
export { roiOutput, templateInfoOutput, templatesLintOutput, templatesOutput } from "./outputs.js";
export * from "./schema.js";

type Frontmatter = Camel<Omit<z.infer<typeof templateSchema>, "environment_match">>;

/** One line of `environment_match`. */
export interface EnvironmentCondition {
  /** Name of a fact, see `FACTS`. */
  readonly fact: string;
  readonly wanted: number | string | boolean | readonly string[];
}

/** A template in memory. */
export interface Template extends Omit<Frontmatter, "layer"> {
  readonly layers: readonly TemplateLayer[];
  readonly environmentMatch: readonly EnvironmentCondition[];
  /** Lever ids; empty for `lever: none`. */
  readonly levers: readonly string[];
  /** Markdown after the frontmatter. */
  readonly body: string;
  /** Where it was read from, as shown in messages. */
  readonly file: string;
}

/** What is known of a workload and its fleet, by name of a fact; what is absent is unknown. */
export type FactValues = Readonly<Record<string, number | boolean | readonly string[] | undefined>>;

export interface ConditionResult {
  readonly fact: string;
  readonly answer: "yes" | "no" | "unknown";
  /** In words, with units. */
  readonly reason: string;
}

export interface MatchResult {
  /** `no` where any condition fails, `yes` where all hold, else `unknown`. */
  readonly fits: "yes" | "no" | "unknown";
  /** Share of the conditions that hold, an unknown one counting a half. 0 to 1. */
  readonly score: number;
  readonly conditions: readonly ConditionResult[];
}
