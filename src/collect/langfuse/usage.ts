import { asObject, type JsonObject, jsonIn, readCount } from "../platform/fields.js";
import { toUsage, type Usage } from "../platform/usage.js";

const CACHE_READ = /cache.?read|cached/;
const CACHE_WRITE = /cache.?(creation|write)|(creation|write).?cache/;
const ONE_HOUR = /1h|1_hour|1hr/;
const REASONING = /reasoning|thinking|thought/;
/** Units that are not tokens; their figures need not be whole. */
const OTHER_UNIT = /second|minute|character|price|cost/;
const isInput = (key: string): boolean =>
  /input|prompt/.test(key) || CACHE_READ.test(key) || CACHE_WRITE.test(key);
const isOutput = (key: string): boolean =>
  !isInput(key) && (/output|completion/.test(key) || REASONING.test(key));

/**
 * Reads `usageDetails`, whose keys are free: `input`, `input_cached_tokens`, `cache_read_input_tokens`,
 * `output_reasoning_tokens`. They are parts that add up to `total`, so input is the sum of the input parts
 * (langfuse.com/docs/observability/features/token-and-cost-tracking). Applications that send `input` with the cached
 * part in it are known by a `total` of `input` and `output` alone.
 */
export function readUsage(details: unknown, field: string): Usage {
  const counts = countsIn(asObject(jsonIn(details)) ?? {}, field);
  const { total, input = 0, output = 0 } = Object.fromEntries(counts);
  const parts = counts.filter(([key]) => key !== "total");
  const isWhole = total !== undefined && total === input + output && sumOf(parts, () => true) > total;
  const whole = (name: string, belongs: (key: string) => boolean): number | null => {
    const own = parts.filter(([key]) => belongs(key));
    if (own.length === 0) return null;
    return isWhole ? sumOf(own, (key) => key === name) : sumOf(own, () => true);
  };
  return toUsage({
    input: whole("input", isInput),
    output: whole("output", isOutput),
    cached: partOf(parts, (key) => CACHE_READ.test(key) && !CACHE_WRITE.test(key)),
    written: partOf(parts, (key) => CACHE_WRITE.test(key)),
    writtenForOneHour: partOf(parts, (key) => CACHE_WRITE.test(key) && ONE_HOUR.test(key)),
    reasoning: partOf(parts, (key) => isOutput(key) && REASONING.test(key)),
  });
}

type Count = readonly [key: string, value: number];

/** Keys can be anything; one that is not ours never becomes part of a message. */
function countsIn(details: JsonObject, field: string): Count[] {
  return Object.entries(details).flatMap(([key, value]): Count[] => {
    const name = key.toLowerCase();
    if (OTHER_UNIT.test(name) || !(name === "total" || isInput(name) || isOutput(name))) return [];
    const count = readCount(value, field);
    return count === null ? [] : [[name, count]];
  });
}

const sumOf = (counts: readonly Count[], counted: (key: string) => boolean): number =>
  counts.reduce((sum, [key, value]) => sum + (counted(key) ? value : 0), 0);

function partOf(counts: readonly Count[], belongs: (key: string) => boolean): number | null {
  const own = counts.filter(([key]) => belongs(key));
  return own.length === 0 ? null : sumOf(own, () => true);
}
