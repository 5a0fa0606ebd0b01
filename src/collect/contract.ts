import { z } from "zod";
import type {
  CanonicalEvent,
  ColumnMapping,
  EventColumn,
  Problem,
  RawBatch,
  Statement,
} from "../events/contract.js";
import type { Inventory } from "../serving/contract.js";
import type { Camel } from "../shared/case.js";
import type { Context } from "../shared/context.js";
import type { HttpSource } from "../shared/http.js";

/** What the rows of a source are; a source may give several. */
export const YIELDS = ["requests", "buckets", "statements", "inventory"] as const;

/**
 * - `requests`: one row a call. - `buckets`: sums over calls of a period; no figure of a single call can be had.
 * - `statements`: lines of a bill. - `inventory`: what runs, not what was called.
 */
export type Yields = (typeof YIELDS)[number];

/**
 * A collector finds one kind of source and yields what it holds. Adding one is a folder and a line in
 * `registry.ts`; the CLI's choices, the docs list, the settings in `tokenop.yaml` and the contract tests come from the
 * registry. Collectors of this machine's files implement this; those of a platform are made with `remoteCollector`.
 */
export interface Collector {
  /** Kebab-case, stable: `--collectors files,local-agents`. */
  readonly id: string;
  readonly summary: string;
  readonly yields: readonly Yields[];
  /** Environment variables it reads, each with what it is for. */
  readonly environment: readonly { readonly name: string; readonly purpose: string }[];
  /** Least-privilege access it needs, as text a security reviewer can read. */
  readonly grants: readonly string[];
  /** Columns that it can never know, with the reason; they are null, never guessed. */
  readonly cannotFill: readonly { readonly column: EventColumn; readonly reason: string }[];
  /** How long after its time a row may still come or change, hours: an incremental run reads so far back again. */
  readonly latenessHours: number;
  /** Its block in `sources:` of tokenop.yaml; null where it needs none and reads this machine only. */
  readonly settings: z.ZodObject | null;
  /** Every host, with port where it is not the default, that `read` and `check` may reach; empty for local sources. */
  hosts(options: CollectOptions): readonly string[];
  /** Looks for the source without reading its content. Never throws for absence. */
  detect(options: CollectOptions, context: Context): Promise<Detection>;
  /** The exact files, queries and requests that `read` would touch. Makes no call and reads no content. */
  explain(options: CollectOptions, context: Context): Promise<readonly string[]>;
  /** Yields raw batches in a stable order. */
  read(options: CollectOptions, context: Context): AsyncIterable<Collected>;
  /** What runs, beside or in place of requests: machines, endpoints, serving containers. null: not asked for. */
  inventory?(options: CollectOptions, context: Context): Promise<Inventory | null>;
  /** The smallest requests that show whether the access suffices; what is missing is an answer, not an error. */
  check?(options: CollectOptions, context: Context): AsyncIterable<AccessCheck>;
}

/** What a collector yields. `content` holds prompt text and comes only where it was asked for. */
export type Collected = (RawBatch | ContentBatch) & {
  /** Where reading can go on after this batch; opaque. A source without it begins anew after an interruption. */
  readonly checkpoint?: string;
};

export interface ContentBatch {
  readonly kind: "content";
  readonly records: readonly ContentRecord[];
}

/** The text of one call. It goes to `prompts.jsonl` of the workspace, redacted, and nowhere else. */
export interface ContentRecord {
  readonly eventId: string;
  /** Messages as the source has them (role and content), or the bare prompt. */
  readonly messages?: readonly unknown[];
  readonly prompt?: string;
  readonly response?: string;
  readonly model?: string;
  readonly intent?: string;
  /** What was replaced in it, by kind; absent while it is as the source has it. */
  readonly redactions?: {
    readonly key: number;
    readonly email: number;
    readonly card: number;
    readonly iban: number;
    readonly nationalId: number;
    readonly phone: number;
  };
}

/** A source as `sources:` of tokenop.yaml names it. */
export interface Source {
  /** `name`, else the collector's id; unique. */
  readonly name: string;
  readonly collector: string;
  /** The collector's settings, validated, camelCase. */
  readonly settings: unknown;
  /** Environment variable to read in place of the collector's own. */
  readonly environment: readonly { readonly name: string; readonly from: string }[];
}

export interface CollectOptions {
  /** Files, folders and globs that the user named (`--input-dir`, `--input`); empty for the first run. */
  readonly inputs: readonly string[];
  readonly mapping: ColumnMapping;
  /** Only events at or after this instant. */
  readonly since: Date | null;
  /** Only events before this instant; the start of the run where it is left out. */
  readonly until?: Date;
  /** The workspace folder: its own files are never taken for input. */
  readonly workspaceDir: string;
  /** Where to look when nothing is named; the workspace where it is left out. */
  readonly searchDir?: string;
  /** Prompt and response text too (`--include-content`). */
  readonly includeContent?: boolean;
  /** The configured source to read; a platform's collector without one reads export files among `inputs`. */
  readonly source?: Source;
  /** Checkpoint of an interrupted read to go on from. */
  readonly resumeFrom?: string;
}

export interface Detection {
  readonly found: boolean;
  /** One line for people: what was found, or where it looked. */
  readonly summary: string;
}

/** Why most platforms are skipped; `discover` names them in one line. */
export const NOT_CONFIGURED = "not configured";

/** One thing that a source must allow, and whether it does. */
export interface AccessCheck {
  /** What was tried: `read SNOWFLAKE.ACCOUNT_USAGE.METERING_DAILY_HISTORY`. */
  readonly access: string;
  readonly ok: boolean;
  /** Whether the collector can do without it. */
  readonly optional: boolean;
  /** What was seen, in a few words; never data of the source. */
  readonly detail: string;
  /** The statement or step that grants it; null where nothing is missing. */
  readonly fix: string | null;
}

/** What a platform's collector is given for one read: settings, window and doors, all resolved. */
export interface RemoteRequest<S> {
  /** Name of the source, for row origins and messages. */
  readonly name: string;
  readonly settings: S;
  /** The window: from `since`, before `until`. */
  readonly since: Date;
  readonly until: Date;
  readonly includeContent: boolean;
  readonly resumeFrom: string | null;
  /** Value of a secret, by the collector's own variable name. Throws TOP-COLLECT-SECRET where it is not set. */
  secret(name: string): string;
  /** As `secret`; null where it is not set. */
  optionalSecret(name: string): string | null;
  /** The door to the source's hosts. `grant` is what an answer of 401 or 403 would mean is missing. */
  http(grant: string): HttpSource;
}

/** A platform that is asked over the network, and whose exports can be read as files where it has any. */
export interface RemoteCollector<S extends z.ZodObject> {
  readonly id: string;
  /** As the platform calls itself: `Langfuse`. */
  readonly title: string;
  readonly summary: string;
  readonly yields: readonly Yields[];
  readonly environment: Collector["environment"];
  readonly grants: readonly string[];
  readonly cannotFill: Collector["cannotFill"];
  readonly latenessHours: number;
  /** snake_case in the file; handed on in camelCase. Secrets never stand here. */
  readonly settings: S;
  hosts(settings: RemoteSettings<S>): readonly string[];
  /** The requests and queries that `read` makes, in full, with columns. Pure: no call, no secret. */
  explain(request: ExplainRequest<RemoteSettings<S>>): readonly string[];
  read(request: RemoteRequest<RemoteSettings<S>>, context: Context): AsyncIterable<Collected>;
  check(request: RemoteRequest<RemoteSettings<S>>, context: Context): AsyncIterable<AccessCheck>;
  /**
   * What runs on the platform now, by requests that `explain` lists; null where the settings leave it out. It comes
   * after all rows are stored, so what it may not see is a note and a warning, never an error.
   */
  inventory?(request: RemoteRequest<RemoteSettings<S>>, context: Context): Promise<Inventory | null>;
  /** Where the platform has export files. */
  readonly exports?: ExportReader;
}

/** Settings as the collector sees them: camelCase, defaults filled in. */
export type RemoteSettings<S extends z.ZodObject> = Camel<z.output<S>>;

export type ExplainRequest<S> = Pick<
  RemoteRequest<S>,
  "name" | "settings" | "since" | "until" | "includeContent"
>;

/** Reads export files of a platform: one normalisation for what its API and its files hold. */
export interface ExportReader {
  /** What the files are, for `explain` and messages: `JSON or CSV export of traces`. */
  readonly summary: string;
  /**
   * Whether a file is one of this platform's, by its first record; others are left out with a note, so that several
   * collectors may be given one folder. Every file is, where this is left out.
   */
  recognises?(record: unknown): boolean;
  /** A record as the file has it; null for one that is no usage record. Pure. */
  normalise(record: unknown): Normalised | null;
  /** The record's text where content was asked for; null where it has none. Pure. */
  content?(record: unknown, eventId: string): ContentRecord | null;
  /** Records within one line or array element of the file (spans of an OTLP batch); itself where it is left out. */
  unpack?(document: unknown): readonly unknown[];
}

/** A record in canonical form, or why it cannot be one. */
export type Normalised =
  | { readonly event: CanonicalEvent; readonly suppliedId: boolean }
  | { readonly statement: Statement }
  | { readonly problem: Omit<Problem, "file" | "line"> };

/** stdout of `tokenop collectors --json`. */
export const collectorsOutput = z.strictObject({
  collectors: z.array(
    z.strictObject({
      id: z.string(),
      summary: z.string(),
      yields: z.array(z.enum(YIELDS)),
      configured_in_tokenop_yaml: z.boolean().describe("Whether it stands under sources: of tokenop.yaml."),
      environment: z.array(z.strictObject({ name: z.string(), purpose: z.string() })),
      grants: z.array(z.string()).describe("Least-privilege access that it needs."),
      cannot_fill: z.array(z.strictObject({ column: z.string(), reason: z.string() })),
      lateness_hours: z.number().describe("How long after its time a row may still come or change."),
    }),
  ),
});

/** stdout of `tokenop collect otel --json`, once it ends. */
export const collectOtelOutput = z.strictObject({
  calls: z.int().nonnegative(),
  other_spans: z.int().nonnegative().describe("Spans that are no model calls; they are not kept."),
  rejected_spans: z.int().nonnegative().describe("Spans of model calls that cannot be used."),
});

/** stdout of `tokenop doctor --json`. */
export const doctorOutput = z.strictObject({
  ok: z.boolean().describe("Whether everything that is not optional is there."),
  checks: z.array(
    z.strictObject({
      subject: z.string().describe("this machine, or a source's name."),
      access: z.string().describe("What was tried."),
      ok: z.boolean(),
      optional: z.boolean(),
      detail: z.string(),
      fix: z.string().nullable().describe("The statement or step that mends it."),
    }),
  ),
});
