import { z } from "zod";
import type { RawRow, Statement } from "../../events/contract.js";
import type { Context } from "../../shared/context.js";
import { sendJson } from "../../shared/http.js";
import type { AccessCheck, Collected, Normalised, RemoteRequest } from "../contract.js";
import { tryAccess } from "./access.js";
import { asObject, type JsonObject, RecordProblem } from "./fields.js";

/**
 * A report of a provider's organisation API: sums over buckets of time, page by page. OpenAI and Anthropic page alike:
 * `data` holds buckets with `results`, `has_more` and `next_page` lead on.
 */
export interface BucketReport {
  /** Of the rows' origin: `completions`, `costs`. */
  readonly name: string;
  /** The whole request but for its page. */
  readonly url: string;
  readonly grant: string;
  /** One result of a bucket; null for one that says nothing. */
  normalise(result: JsonObject, bucket: JsonObject): Normalised | null;
}

/** Most buckets that one page may hold, by width; both providers set the same limits. */
export const PAGE_BUCKETS = { "1m": 1440, "1h": 168, "1d": 31 } as const;

/** Settings of a source of usage and costs. */
export const bucketSettings = (baseUrl: string) =>
  z.object({
    base_url: z.url().default(baseUrl).describe("Where the organisation API is."),
    bucket_width: z.enum(["1m", "1h", "1d"]).default("1h").describe("Time that one usage row sums over."),
    by_key: z.boolean().default(false).describe("Tell API keys apart: more rows."),
    costs: z.boolean().default(true).describe("Read the daily costs too, to reconcile with."),
  });

/** What sums of an organisation's usage cannot say of a call. */
export const UNKNOWN_IN_BUCKETS = [
  { column: "intent", reason: "The API has no field for what calls were for." },
  { column: "latency_ms", reason: "Buckets hold sums of tokens, no times." },
  { column: "ttft_ms", reason: "Buckets hold sums of tokens, no times." },
  { column: "cost_usd", reason: "Usage rows carry no money; the costs are read as statements." },
  { column: "prompt_hash", reason: "Buckets hold no single call." },
  { column: "conversation_id", reason: "Buckets hold no single call." },
] as const;

const DAY_MS = 86_400_000;

/** The whole UTC days within a window; null where it holds none. Half a day's bill compares with nothing. */
export function wholeDays({ since, until }: { readonly since: Date; readonly until: Date }) {
  const first = new Date(Math.ceil(since.getTime() / DAY_MS) * DAY_MS);
  const last = new Date(Math.floor(until.getTime() / DAY_MS) * DAY_MS);
  return last > first ? { since: first, until: last } : null;
}

/** Where a read can go on: the report, its page, and how many results came before. */
interface Place {
  readonly report: number;
  readonly page: string | null;
  readonly results: number;
}

/** All reports one after the other. Every page ends with a place to go on from. */
export async function* readReports(
  reports: readonly BucketReport[],
  headers: Readonly<Record<string, string>>,
  request: RemoteRequest<unknown>,
  context: Context,
): AsyncGenerator<Collected> {
  const from = request.resumeFrom === null ? START : (JSON.parse(request.resumeFrom) as Place);
  for (const [index, report] of reports.entries()) {
    if (index < from.report) continue;
    let { page, results } = index === from.report ? from : START;
    do {
      const body = await sendJson(
        request.http(report.grant),
        { url: pageOf(report.url, page), headers },
        context,
      );
      const made = resultsOf(body).map(({ result, bucket }) => normalised(report, result, bucket));
      const file = `${request.name}:${report.name}`;
      page = nextPage(body);
      const next: Place = { report: page === null ? index + 1 : index, page, results: results + made.length };
      yield* batchesOf(made, file, results, JSON.stringify(page === null ? { ...next, results: 0 } : next));
      results += made.length;
    } while (page !== null);
  }
}

/** Asks each report for one bucket. Reports that are not `needed` may be refused: the others are of use without. */
export async function* checkReports(
  reports: readonly BucketReport[],
  needed: readonly string[],
  headers: Readonly<Record<string, string>>,
  request: RemoteRequest<unknown>,
  context: Context,
): AsyncGenerator<AccessCheck> {
  for (const { name, url, grant } of reports) {
    const one = { url: url.replace(/limit=\d+/, "limit=1"), headers };
    yield await tryAccess(
      `read the organisation's ${name}`,
      () => sendJson(request.http(grant), one, context),
      { optional: !needed.includes(name) },
    );
  }
}

const START: Place = { report: 0, page: null, results: 0 };

/** The request for one page. */
export const pageOf = (url: string, page: string | null): string =>
  page === null ? url : `${url}&page=${encodeURIComponent(page)}`;

function resultsOf(body: unknown): { readonly result: JsonObject; readonly bucket: JsonObject }[] {
  const buckets = asObject(body)?.data;
  return (Array.isArray(buckets) ? buckets : []).flatMap((value: unknown) => {
    const bucket = asObject(value) ?? {};
    const results = Array.isArray(bucket.results) ? bucket.results : [];
    return results.map((result: unknown) => ({ result: asObject(result) ?? {}, bucket }));
  });
}

function nextPage(body: unknown): string | null {
  const { has_more: hasMore, next_page: next } = asObject(body) ?? {};
  return hasMore === true && typeof next === "string" && next !== "" ? next : null;
}

function normalised(report: BucketReport, result: JsonObject, bucket: JsonObject): Normalised | null {
  try {
    return report.normalise(result, bucket);
  } catch (error) {
    if (error instanceof RecordProblem) return { problem: error.problem };
    throw error;
  }
}

function* batchesOf(
  made: readonly (Normalised | null)[],
  file: string,
  before: number,
  checkpoint: string,
): Generator<Collected> {
  const statements: Statement[] = [];
  const rows: RawRow[] = [];
  for (const [index, entry] of made.entries()) {
    if (entry === null) continue;
    if ("statement" in entry) statements.push(entry.statement);
    else rows.push({ file, line: before + index + 1, ...entry });
  }
  if (statements.length > 0) yield { kind: "statements", statements };
  yield { kind: "rows", rows, repeated: [], checkpoint };
}
