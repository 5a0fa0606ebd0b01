import type { ColumnMapping, EventColumn, RawBatch } from "../events/contract.js";
import type { Context } from "../shared/context.js";

/**
 * A collector finds one kind of source and yields what it holds. Adding one is a folder and a line in
 * `registry.ts`; the CLI's choices, the docs list and the contract tests come from the registry.
 */
export interface Collector {
  /** Kebab-case, stable: `--collectors files,local-agents`. */
  readonly id: string;
  readonly summary: string;
  /** Environment variables it reads, each with what it is for. */
  readonly environment: readonly { readonly name: string; readonly purpose: string }[];
  /** Least-privilege access it needs, as text a security reviewer can read. */
  readonly grants: readonly string[];
  /** Columns that it can never know, with the reason; they are null, never guessed. */
  readonly cannotFill: readonly { readonly column: EventColumn; readonly reason: string }[];
  /** Looks for the source without reading its content. Never throws for absence. */
  detect(options: CollectOptions, context: Context): Promise<Detection>;
  /** The exact files, queries and requests that `read` would touch. Makes no call and reads no content. */
  explain(options: CollectOptions, context: Context): Promise<readonly string[]>;
  /** Yields raw batches in a stable order. */
  read(options: CollectOptions, context: Context): AsyncIterable<RawBatch>;
}

export interface CollectOptions {
  /** Files, folders and globs that the user named (`--input-dir`, `--input`); empty for the first run. */
  readonly inputs: readonly string[];
  readonly mapping: ColumnMapping;
  /** Only events at or after this instant. */
  readonly since: Date | null;
  /** The workspace folder: its own files are never taken for input. */
  readonly workspaceDir: string;
  /** Where to look when nothing is named; the workspace where it is left out. */
  readonly searchDir?: string;
}

export interface Detection {
  readonly found: boolean;
  /** One line for people: what was found, or where it looked. */
  readonly summary: string;
}
