import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, stringify } from "yaml";
import { z } from "zod";
import { type Camel, fromFileShape, toFileShape } from "./case.js";
import { describeFileFault, UsageError } from "./errors.js";

export const API_VERSION = "tokenop/v1";

/** Which bytes an artifact was computed from. Paths are file names only, so equal inputs give equal artifacts. */
export const inputHash = z.strictObject({
  name: z.string(),
  sha256: z.string(),
});

/** The only block of an artifact that may differ between two runs on equal inputs and seed. */
export const runBlock = z.strictObject({
  created_at: z.string(),
  tokenop_version: z.string(),
  directory: z.string(),
});

/** Where the run block, always the last, begins in an artifact's YAML. */
const RUN_BLOCK = /^run:\n {2}created_at:/m;

/** Wraps a kind's own fields in the envelope that every artifact shares. */
export function artifactSchema<K extends string, S extends z.ZodRawShape>(kind: K, shape: S) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(kind),
    inputs: z.array(inputHash),
    ...shape,
    run: runBlock,
  });
}

/** In-memory form of an artifact: the schema's fields without the envelope, camelCase. */
export type ArtifactBody<S extends z.ZodType> = Camel<
  Omit<z.infer<S>, "apiVersion" | "kind" | "inputs" | "run">
>;

/** The whole of an artifact in memory, camelCase. */
export type Artifact<S extends z.ZodType> = Camel<z.infer<S>>;

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/**
 * Hashes a file of any size in bounded memory. Of our own artifacts everything but the `run` block counts, so that
 * what was computed from equal content carries equal hashes.
 */
export async function hashFile(path: string): Promise<{ name: string; sha256: string }> {
  if (path.endsWith(".yaml")) {
    const [content] = (await readFile(path, "utf8")).split(RUN_BLOCK);
    return { name: basename(path), sha256: sha256(content!) };
  }
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return { name: basename(path), sha256: hash.digest("hex") };
}

/** YAML text of a value, stable: keys in the order written, no wrapping, no anchors. */
export function renderYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Writes through a temporary name, so that a crash never leaves half a file. */
export async function writeAtomically(path: string, text: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
}

/**
 * Validates `body` against the artifact's schema and writes it as YAML (or JSON for a `.json` path).
 * A body that its own schema refuses is our bug, so zod's error is let through.
 */
export async function writeArtifact(path: string, schema: z.ZodType, artifact: unknown): Promise<void> {
  const shaped = schema.parse(toFileShape(artifact));
  const text = path.endsWith(".json") ? `${JSON.stringify(shaped, null, 2)}\n` : renderYaml(shaped);
  await writeAtomically(path, text);
}

/** Loads an artifact; every fault names file, line and field, with what was expected. */
export async function readArtifact<S extends z.ZodType>(
  path: string,
  schema: S,
  fix: string,
): Promise<Camel<z.infer<S>>> {
  return parseYaml(await readText(path, "TOP-ARTIFACT-MISSING", fix), path, schema, fix);
}

/** @throws UsageError of the given code with what the file system refused. */
export async function readText(path: string, code: string, fix: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new UsageError({
      code,
      message: `${path} cannot be read.`,
      found: describeFileFault(cause) ?? String(cause),
      fix,
      cause,
    });
  }
}

/** Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML document (JSON is a subset) that knows where each of its values stands. */
export interface LocatedYaml {
  readonly value: unknown;
  /**
   * Where the value at `path` begins, or its key; where there is none, the nearest thing around it. With `offset`,
   * where that character of a text is, as far as the text stands in the file as it reads.
   */
  locate(path: readonly PropertyKey[], what?: { readonly part?: "key"; readonly offset?: number }): Position;
}

/** Why a text is no YAML; `position` is null where only the document as a whole is at fault. */
export interface YamlFault {
  readonly fault: Error;
  readonly position: Position | null;
}

/** Reads one YAML document without a schema. */
export function readLocatedYaml(text: string): LocatedYaml | YamlFault {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: "error" });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const syntaxError = document.errors[0];
  if (syntaxError !== undefined) return { fault: syntaxError, position: at(syntaxError.pos[0]) };
  try {
    return {
      value: document.toJS(),
      locate: (path, what = {}) => at(offsetOf(document, text, path, what)),
    };
  } catch (fault) {
    // An alias without its anchor, or one that repeats without end, shows only when the value is built.
    return { fault: fault as Error, position: null };
  }
}

function offsetOf(
  document: Document,
  text: string,
  path: readonly PropertyKey[],
  { part, offset = 0 }: { readonly part?: "key"; readonly offset?: number },
): number {
  let node: unknown = document.contents;
  let key: unknown = null;
  for (const step of path) {
    const pair = isMap(node) ? node.items.find((item) => String(item.key) === String(step)) : undefined;
    const next = pair?.value ?? pair?.key ?? (isSeq(node) ? node.items[Number(step)] : undefined);
    if (next === undefined) break;
    key = pair?.key ?? next;
    node = next;
  }
  const { start, end } = rangeOf(part === "key" && key !== null ? key : node);
  if (offset === 0 || !isScalar(node) || typeof node.value !== "string") return start;
  const begin = text.slice(start, end).indexOf(node.value);
  return begin === -1 ? start : start + begin + offset;
}

function rangeOf(node: unknown): { readonly start: number; readonly end: number } {
  const [start = 0, end = 0] = (node as { readonly range?: readonly number[] } | null)?.range ?? [];
  return { start, end };
}

/** Parses YAML against a schema, with positions in the message. */
export function parseYaml<S extends z.ZodType>(
  text: string,
  path: string,
  schema: S,
  fix: string,
): Camel<z.infer<S>> {
  const yaml = readLocatedYaml(text);
  if ("fault" in yaml) {
    throw notYaml(yaml.position === null ? path : `${path}:${yaml.position.line}`, yaml.fault, fix);
  }
  const parsed = schema.safeParse(yaml.value);
  if (parsed.success) return fromFileShape(parsed.data);
  const issue = parsed.error.issues[0]!;
  const keyPath = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : issue.path;
  const { line } = yaml.locate(keyPath);
  throw new UsageError({
    code: "TOP-ARTIFACT-SCHEMA",
    message: `${path}:${line}: field "${keyPath.join(".") || "(document)"}": ${issue.message}.`,
    found: `${choiceFound(issue, yaml.value)}${parsed.error.issues.length} field(s) do not fit the schema.`,
    fix,
  });
}

/** What stands where one of a few words is expected; other values are not quoted, as they may be anything. */
function choiceFound({ code, path }: z.core.$ZodIssue, document: unknown): string {
  if (code !== "invalid_value" && code !== "invalid_union") return "";
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | null)?.[key],
    document,
  );
  return typeof value === "string" && /^[\w.-]{1,40}$/.test(value) ? `Found "${value}". ` : "";
}

function notYaml(where: string, cause: Error, fix: string): UsageError {
  return new UsageError({
    code: "TOP-ARTIFACT-SYNTAX",
    message: `${where}: not valid YAML.`,
    found: cause.message.split("\n")[0] ?? "",
    fix,
    cause,
  });
}
