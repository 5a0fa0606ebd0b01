import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Command, InvalidArgumentError, type Option } from "commander";
import { z } from "zod";
import { parseYaml } from "../shared/artifact.js";
import { UsageError } from "../shared/errors.js";

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: "expected one text, number, true or false",
});

/** tokenop.yaml: sources of usage, and defaults for flags by command and flag name as on the command line. */
const configSchema = z.strictObject({
  apiVersion: z.literal("tokenop/v1").optional(),
  kind: z.literal("Config").optional(),
  defaults: z.record(z.string(), z.record(z.string(), scalar)).default({}),
  // Judged by the collectors that they name, when they are read.
  sources: z.array(z.unknown()).default([]),
});

type Defaults = z.infer<typeof configSchema>["defaults"];
type Scalar = z.infer<typeof scalar>;

/** Flags that only make sense when typed. */
const NEVER_DEFAULTED = new Set(["json", "explain", "resume", "help", "include-content"]);

/**
 * Fills options that the command line left alone: flags win over `TOKENOP_<FLAG>` in the environment, which wins
 * over tokenop.yaml (searched from the current folder upwards), which wins over built-in defaults.
 *
 * Throws `TOP-CONFIG-COMMAND` and `TOP-CONFIG-FLAG` for names in the file that are none, also where another command
 * runs, and `TOP-CONFIG-VALUE` for a value that the flag would refuse.
 */
export async function applyDefaults(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const config = await findConfig(process.cwd());
  const name = nameOf(command);
  if (config !== null) refuseUnknownNames(commandsUnder(rootOf(command)), config);
  const fromFile = config?.defaults[name] ?? {};
  for (const option of command.options) {
    const flag = flagOf(option);
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === "cli" || NEVER_DEFAULTED.has(flag)) continue;
    const variable = `TOKENOP_${flag.replaceAll("-", "_").toUpperCase()}`;
    const fromEnv = env[variable];
    const value = fromEnv ?? fromFile[flag];
    if (value === undefined) continue;
    const origin = fromEnv === undefined ? `${config!.path}: defaults.${name}.${flag}` : variable;
    const source = fromEnv === undefined ? "config" : "env";
    command.setOptionValueWithSource(key, parsed(option, value, origin, name), source);
  }
}

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));

/** As typed after `tokenop`: `plan`, `templates list`. */
function nameOf(command: Command): string {
  if (command.parent === null) return "";
  return `${nameOf(command.parent)} ${command.name()}`.trim();
}

const commandsUnder = (command: Command): Command[] =>
  command.commands.flatMap((child) => [child, ...commandsUnder(child)]);

const flagOf = (option: Option): string => option.long?.slice(2) ?? "";

function parsed(option: Option, value: Scalar, origin: string, command: string): unknown {
  if (option.isBoolean()) {
    const isOn = value === true || value === "true" || value === "1";
    return option.negate ? !isOn : isOn;
  }
  const text = String(value);
  if (option.parseArg === undefined) return text;
  try {
    return option.parseArg(text, undefined as never);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new UsageError({
      code: "TOP-CONFIG-VALUE",
      message: `${origin} cannot be "${text}".`,
      found: error.message,
      fix: `Correct it there; what the flag takes: tokenop ${command} --help`,
    });
  }
}

function refuseUnknownNames(commands: readonly Command[], { path, defaults }: Config): void {
  for (const [name, flags] of Object.entries(defaults)) {
    const command = commands.find((candidate) => nameOf(candidate) === name);
    if (command === undefined) {
      throw new UsageError({
        code: "TOP-CONFIG-COMMAND",
        message: `${path}: defaults has an unknown command "${name}".`,
        found: `Commands: ${commands.map(nameOf).join(", ")}.`,
        fix: "Edit the file, or see what each does: tokenop --help",
      });
    }
    const known = command.options.map(flagOf).filter((flag) => !NEVER_DEFAULTED.has(flag));
    const unknown = Object.keys(flags).find((flag) => !known.includes(flag));
    if (unknown === undefined) continue;
    const never = NEVER_DEFAULTED.has(unknown);
    throw new UsageError({
      code: "TOP-CONFIG-FLAG",
      message: never
        ? `${path}: defaults.${name} sets "${unknown}", which only the command line can.`
        : `${path}: defaults.${name} has an unknown flag "${unknown}".`,
      found: `Flags with defaults: ${known.join(", ")}.`,
      fix: `Edit the file, or see them all: tokenop ${name} --help`,
    });
  }
}

interface Config {
  readonly path: string;
  readonly defaults: Defaults;
}

async function findConfig(start: string): Promise<Config | null> {
  const found = await locateConfig(start);
  if (found === null) return null;
  const fix = "Compare with docs/guide/configuration.md.";
  return {
    path: found.path,
    defaults: parseYaml(found.text, found.path, configSchema, fix).defaults as Defaults,
  };
}

/** tokenop.yaml of the current folder or the nearest one above; null where there is none. */
export async function configPath(): Promise<string | null> {
  return (await locateConfig(process.cwd()))?.path ?? null;
}

async function locateConfig(start: string): Promise<{ readonly path: string; readonly text: string } | null> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const path = join(folder, "tokenop.yaml");
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) return { path, text };
    if (dirname(folder) === folder) return null;
  }
}
