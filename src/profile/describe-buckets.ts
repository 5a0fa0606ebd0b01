import { formatExact, ratio } from "../shared/money.js";
import type { ProfileBody } from "./contract.js";
import type { Coverage } from "./measure/coverage.js";
import type { Totals } from "./measure/totals.js";

/** What only buckets cover; nothing where every event is one request. */
export function describeBuckets(coverage: Coverage, totals: Totals): Pick<ProfileBody, "buckets"> {
  const { bucketRows: rows, uncountedRows, bucketRequests: requests } = coverage;
  if (rows === 0) return {};
  return {
    buckets: {
      rows,
      rowShare: rows / coverage.eventRows,
      uncountedRows,
      requests,
      requestShare: requests / coverage.requests,
      costUsd: formatExact(totals.bucketCost),
      costShare: ratio(totals.bucketCost, totals.cost),
    },
  };
}

/** What a reader must know of rows that are no single requests. */
export function bucketWarnings(coverage: Coverage, totals: Totals): string[] {
  const { bucketRows, uncountedRows, eventRows } = coverage;
  if (bucketRows === 0) return [];
  const percent = (ratio(totals.bucketCost, totals.cost) * 100).toFixed(1);
  const warnings = [
    `${bucketRows} of ${eventRows} rows are sums over requests and carry ${percent} % of the cost: latency, reuse, lengths and arrivals speak of the other rows only. They are priced at the tier of their mean request (assumed).`,
  ];
  if (uncountedRows > 0) {
    warnings.push(
      `Of these, ${uncountedRows} without a number of requests count as 1 request each and are priced at the lowest tier (assumed): counts and shares of requests are too low.`,
    );
  }
  return warnings;
}
