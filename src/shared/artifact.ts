import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Document, LineCounter, parseDocument, stringify } from "yaml";
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
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new UsageError({
      code: "TOP-ARTIFACT-MISSING",
      message: `${path} cannot be read.`,
      found: describeFileFault(cause) ?? String(cause),
      fix,
      cause,
    });
  }
  return parseYaml(text, path, schema, fix);
}

/** Parses YAML (JSON is a subset) against a schema, with positions in the message. */
export function parseYaml<S extends z.ZodType>(
  text: string,
  path: string,
  schema: S,
  fix: string,
): Camel<z.infer<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntaxError = document.errors[0];
  if (syntaxError !== undefined) {
    const { line } = lines.linePos(syntaxError.pos[0]);
    throw notYaml(`${path}:${line}`, syntaxError, fix);
  }
  const parsed = schema.safeParse(buildValue(document, path, fix));
  if (parsed.success) return fromFileShape(parsed.data);
  const issue = parsed.error.issues[0]!;
  const keyPath = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : issue.path;
  const node = document.getIn(keyPath, true) ?? document.getIn(issue.path, true);
  const offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0];
  const line = offset === undefined ? 1 : lines.linePos(offset).line;
  throw new UsageError({
    code: "TOP-ARTIFACT-SCHEMA",
    message: `${path}:${line}: field "${keyPath.join(".") || "(document)"}": ${issue.message}.`,
    found: `${parsed.error.issues.length} field(s) do not fit the schema.`,
    fix,
  });
}

/** An alias without its anchor, or one that repeats without end, shows only when the value is built. */
function buildValue(document: Document, path: string, fix: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw notYaml(path, cause as Error, fix);
  }
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
