import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { parseYaml } from "../shared/artifact.js";
import { UsageError } from "../shared/errors.js";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** tokenop.yaml: defaults for flags, by command and flag name as on the command line. */
const configSchema = z.strictObject({
  apiVersion: z.literal("tokenop/v1").optional(),
  kind: z.literal("Config").optional(),
  defaults: z.record(z.string(), z.record(z.string(), scalar)).default({}),
});

/** Flags that only make sense when typed. */
const NEVER_DEFAULTED = new Set(["json", "explain", "resume", "help"]);

/**
 * Fills options that the command line left alone: flags win over `TOKENOP_<FLAG>` in the environment, which wins
 * over tokenop.yaml (searched from the current folder upwards), which wins over built-in defaults.
 */
export async function applyDefaults(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const config = await findConfig(process.cwd());
  const fromFile = config?.defaults[command.name()] ?? {};
  for (const flag of Object.keys(fromFile)) refuseUnknownFlag(command, flag, config!.path);
  for (const option of command.options) {
    const flag = option.long?.slice(2) ?? "";
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === "cli" || NEVER_DEFAULTED.has(flag)) continue;
    const fromEnv = env[`TOKENOP_${flag.replaceAll("-", "_").toUpperCase()}`];
    const value = fromEnv ?? fromFile[flag];
    if (value === undefined) continue;
    command.setOptionValueWithSource(key, parsed(option, value), fromEnv === undefined ? "config" : "env");
  }
}

function parsed(option: Command["options"][number], value: string | number | boolean): unknown {
  if (option.isBoolean()) return value === true || value === "true" || value === "1";
  const text = String(value);
  return option.parseArg === undefined ? text : option.parseArg(text, undefined as never);
}

function refuseUnknownFlag(command: Command, flag: string, path: string): void {
  const known = command.options.map((option) => option.long?.slice(2) ?? "");
  if (known.includes(flag)) return;
  throw new UsageError({
    code: "TOP-CONFIG-FLAG",
    message: `${path}: defaults.${command.name()} has an unknown flag "${flag}".`,
    found: `Known flags: ${known.join(", ")}.`,
    fix: `Edit the file, or see them all: tokenop ${command.name()} --help`,
  });
}

async function findConfig(start: string): Promise<{ path: string; defaults: Defaults } | null> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const path = join(folder, "tokenop.yaml");
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) {
      const fix = "Compare with docs/guide/configuration.md.";
      return { path, defaults: parseYaml(text, path, configSchema, fix).defaults as Defaults };
    }
    if (dirname(folder) === folder) return null;
  }
}

type Defaults = z.infer<typeof configSchema>["defaults"];
