import { z } from "zod";

/**
 * What becomes of buckets whose period single requests of another source cover: `report` leaves the bucket out and
 * shows the rest, `residual` puts a bucket of the rest in its place, `keep` counts everything, twice or not.
 */
export const OVERLAP_MODES = ["report", "residual", "keep"] as const;
export type OverlapMode = (typeof OVERLAP_MODES)[number];

const count = z.int().nonnegative();
const decimal = z.string().describe("Exact decimal, USD.");

const sums = z.strictObject({
  requests: count.nullable().describe("null where a bucket does not say."),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_usd: decimal,
});

/** `overlap` of discovered.yaml */
export const overlapSchema = z
  .strictObject({
    mode: z.enum(OVERLAP_MODES),
    rows: count.describe("Rows that are not in the events, because another source has the same calls."),
    residual_rows: count.describe("Buckets that stand for what no single request covers."),
    pairs: z
      .array(
        z.strictObject({
          kept: z.string(),
          dropped: z.string(),
          by_id: count,
          by_tokens: count.describe("By model, tokens and time."),
          share: z.number().describe("Matched share of the smaller source's calls in the common span."),
          chance_share: z.number().describe("Share that the same search finds an hour off."),
          filled: count.describe("Kept rows that took a value from the dropped one."),
        }),
      )
      .describe("Sources that saw the same calls."),
    buckets: z
      .array(
        z.strictObject({
          source: z.string(),
          provider: z.string(),
          model: z.string(),
          first: z.string(),
          last: z.string().describe("End of the last period."),
          periods: count,
          buckets: sums,
          requests: sums.describe("Single requests of other sources in these periods."),
          residual: sums
            .extend({ requests: z.int().nullable().describe("null where a bucket does not say.") })
            .describe("Buckets less requests; negative where requests are more."),
        }),
      )
      .describe("Buckets whose periods single requests of other sources cover, per model."),
  })
  .describe("Calls that more than one source has.");

export interface BucketSums {
  readonly requests: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: string;
}

export interface BucketOverlap {
  readonly source: string;
  readonly provider: string;
  readonly model: string;
  readonly first: string;
  readonly last: string;
  readonly periods: number;
  readonly buckets: BucketSums;
  readonly requests: BucketSums;
  readonly residual: BucketSums;
}

export interface CallOverlap {
  readonly kept: string;
  readonly dropped: string;
  readonly byId: number;
  readonly byTokens: number;
  readonly share: number;
  readonly chanceShare: number;
  readonly filled: number;
}

export interface Overlap {
  readonly mode: OverlapMode;
  readonly rows: number;
  readonly residualRows: number;
  readonly pairs: readonly CallOverlap[];
  readonly buckets: readonly BucketOverlap[];
}
