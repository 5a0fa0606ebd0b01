import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parseYaml } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { describeFileFault, UsageError } from "../shared/errors.js";
import type { Collector, Source } from "./contract.js";

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** What every source may say beside its collector's own settings. */
const common = {
  name: z
    .string()
    .regex(NAME, "expected lower-case words and digits joined by hyphens")
    .optional()
    .describe("Tells sources of one collector apart; the collector's id where it is left out."),
  environment: z
    .array(
      z.strictObject({
        name: z.string().describe("The variable that the collector would read."),
        from: z.string().describe("The variable to read instead."),
      }),
    )
    .default([])
    .describe("For a second source of one kind, whose keys stand in other variables."),
};

/** `sources:` of tokenop.yaml, from the registry: a new collector's settings are known here at once. */
export function sourcesSchema(known: readonly Collector[]) {
  const entries = known.flatMap(({ id, summary, settings }) =>
    settings === null
      ? []
      : [z.strictObject({ collector: z.literal(id), ...common, ...settings.shape }).describe(summary)],
  );
  const [first, ...rest] = entries;
  if (first === undefined) return z.array(z.never());
  return z.array(z.discriminatedUnion("collector", [first, ...rest])).superRefine(refuseLogins);
}

/** `--explain` and messages show addresses, so a login within one would be shown too. */
function refuseLogins(sources: readonly object[], context: z.core.$RefinementCtx): void {
  sources.forEach((source, index) => {
    for (const [field, value] of Object.entries(source)) {
      if (typeof value !== "string" || !URL.canParse(value)) continue;
      const { username, password } = new URL(value);
      if (username === "" && password === "") continue;
      const message = "an address without a login is expected; secrets are read from the environment only";
      context.addIssue({ code: "custom", path: [index, field], message });
    }
  });
}

/**
 * The configured sources of a tokenop.yaml, in its order.
 *
 * @throws UsageError with file, line and field where the file does not fit; TOP-COLLECT-TWICE for two sources of one
 * name.
 */
export async function readSources(path: string, known: readonly Collector[]): Promise<Source[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError({
      code: "TOP-COLLECT-CONFIG",
      message: `${path} cannot be read.`,
      found: describeFileFault(cause) ?? "",
      fix: "Check the path and its permissions.",
      cause,
    });
  });
  const schema = z.looseObject({ sources: sourcesSchema(known).default([]) });
  const { sources } = parseYaml(text, path, schema, "Compare with docs/guide/collectors.md.");
  const named = (sources as RawSource[]).map(toSource);
  const twice = named.find(({ name }, index) => named.findIndex((other) => other.name === name) < index);
  if (twice === undefined) return named;
  throw new UsageError({
    code: "TOP-COLLECT-TWICE",
    message: `${path}: two sources are named "${twice.name}".`,
    found: "The name tells watermarks and results of sources apart.",
    fix: "Give one of them a name of its own: name: <lower-case words>",
  });
}

interface RawSource {
  readonly collector: string;
  readonly name?: string;
  readonly environment: Source["environment"];
}

function toSource({ collector, name, environment, ...settings }: RawSource): Source {
  return { name: name ?? collector, collector, environment, settings };
}

/** The value of a collector's variable for this source; null where it is unset or empty. */
export function secretOf(
  variable: string,
  source: Pick<Source, "environment">,
  { env }: Pick<Context, "env">,
): string | null {
  const value = env[nameOf(variable, source)];
  return value === undefined || value === "" ? null : value;
}

/** As `secretOf`; throws TOP-COLLECT-SECRET where it is not set, or can be no key. */
export function requireSecret(
  variable: string,
  source: Source,
  { environment }: Pick<Collector, "environment">,
  context: Pick<Context, "env">,
): string {
  const value = secretOf(variable, source, context);
  if (value !== null && SENDABLE.test(value)) return value;
  if (value !== null) throw unsendable(nameOf(variable, source));
  const purpose = environment.find(({ name }) => name === variable)?.purpose ?? "";
  throw new UsageError({
    code: "TOP-COLLECT-SECRET",
    message: `${nameOf(variable, source)} is not set.`,
    found: `The source "${source.name}" reads it from the environment: ${purpose}`,
    fix: `Set ${nameOf(variable, source)} in the environment. Secrets never belong in a file.`,
  });
}

/** What a header can carry, and the line breaks of a PEM file. */
const SENDABLE = /^[\t\n\r -~]*$/;

const unsendable = (name: string): UsageError =>
  new UsageError({
    code: "TOP-COLLECT-SECRET",
    message: `${name} holds a character that no key has.`,
    found: "A curly quote or an invisible character, as copying leaves them; it was not sent.",
    fix: `Set ${name} again, from where the key was made.`,
  });

const nameOf = (variable: string, { environment }: Pick<Source, "environment">): string =>
  environment.find(({ name }) => name === variable)?.from ?? variable;
