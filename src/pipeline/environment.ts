import type { Books } from "../levers/contract.js";
import { apiCostOf, costOf, type Policy, toMonth } from "../plan/index.js";
import { HOURS_PER_MONTH, type Workload, type WorkloadCell } from "../profile/contract.js";
import type { ProfileArtifact } from "../profile/index.js";
import { type PicoUsd, toUsd } from "../shared/money.js";
import type { FactValues } from "../templates/index.js";

/**
 * What is known of the environment, by the names that templates ask for. A fact that neither profile, fleet nor policy
 * can tell is absent: templates then answer "unknown", never a guess.
 */
export function environmentOf(
  profile: ProfileArtifact,
  workload: Workload,
  policy: Policy,
  books: Books,
): FactValues {
  return {
    ...spendFacts(workload, books),
    ...requestFacts(profile, workload, policy),
    ...fleetFacts(workload, books),
    data_residency: policy.dataResidency !== null,
  };
}

function spendFacts(workload: Workload, books: Books): FactValues {
  const month = (amount: PicoUsd) => toUsd(toMonth(amount, workload.hours));
  const total = month(costOf(workload, books).amount);
  const byModel = new Map<string, WorkloadCell[]>();
  for (const cell of workload.cells) {
    const name = `${cell.provider}/${cell.model}`;
    byModel.set(name, [...(byModel.get(name) ?? []), cell]);
  }
  const spends = [...byModel.values()].map((cells) => month(apiCostOf({ ...workload, cells }, books)));
  return {
    monthly_cost_usd: total,
    api_monthly_cost_usd: month(apiCostOf(workload, books)),
    ...(total > 0 && { top_model_cost_share: Math.max(0, ...spends) / total }),
    model_count: byModel.size,
    models: [...new Set(workload.cells.map(({ model }) => model))],
    providers: [...new Set(workload.cells.map(({ provider }) => provider))],
    regions: [...new Set(workload.cells.flatMap(({ region }) => region ?? []))],
  };
}

function requestFacts(profile: ProfileArtifact, workload: Workload, policy: Policy): FactValues {
  const { totals, reuse, latencyMs, ttftMs, drivers, clusters, tokens } = profile;
  const sum = (value: (cell: WorkloadCell) => number, of: readonly WorkloadCell[] = workload.cells) =>
    of.reduce((total, cell) => total + value(cell), 0);
  const requests = Math.max(1, totals.events);
  const share = (cells: readonly WorkloadCell[]) => sum((cell) => cell.requests, cells) / requests;
  const tolerant = new Set(policy.latency.batchTolerantIntents);
  const tolerantIds = new Set(
    clusters.filter(({ id, name }) => tolerant.has(id) || tolerant.has(name)).map(({ id }) => id),
  );
  // Buckets of a day are in no hour.
  const hours = drivers.hour.filter(({ key }) => key !== "(buckets)").map(({ events }) => events);
  const mean = hours.reduce((total, events) => total + events, 0) / 24;
  const longestExact = reuse.exact.at(-1);
  const longestPrefix = reuse.prefix.at(-1);
  return {
    requests_per_month: (totals.events * HOURS_PER_MONTH) / workload.hours,
    tenant_count: drivers.tenant.length,
    intents: clusters.flatMap(({ id, name }) => (id === name ? [id] : [id, name])),
    input_tokens_per_request: totals.inputTokens / requests,
    output_tokens_per_request: totals.outputTokens / requests,
    ...(totals.inputTokens > 0 && { output_input_ratio: totals.outputTokens / totals.inputTokens }),
    ...(tokens !== null && { p95_input_tokens: tokens.input.p95 }),
    ...(totals.outputTokens > 0 && { reasoning_token_share: totals.reasoningTokens / totals.outputTokens }),
    batch_share: share(workload.cells.filter(({ batch }) => batch)),
    delay_tolerant_share: share(workload.cells.filter(({ cluster }) => tolerantIds.has(cluster))),
    prompt_hash_coverage: reuse.promptHashCoverage,
    ...(reuse.promptHashCoverage > 0 &&
      longestExact !== undefined && { repeated_request_share: longestExact.hitShare }),
    ...(reuse.prefixHashCoverage > 0 &&
      longestPrefix !== undefined && { prefix_token_share: longestPrefix.hitTokenShare }),
    ...(totals.inputTokens > 0 && { cached_input_share: totals.cachedInputTokens / totals.inputTokens }),
    error_share: totals.errorEvents / requests,
    ...(latencyMs !== null && { p95_latency_ms: latencyMs.p95 }),
    ...(ttftMs !== null && { p95_ttft_ms: ttftMs.p95 }),
    ...(mean > 0 && hours.length > 0 && { peak_to_mean_ratio: Math.max(...hours) / mean }),
  };
}

function fleetFacts(workload: Workload, books: Books): FactValues {
  const { byFleet } = costOf(workload, books);
  const inPlace = workload.fleets
    .map((fleet, index) => ({ fleet, cost: byFleet[index]! }))
    .filter(({ fleet }) => !fleet.potential);
  if (inPlace.length === 0) return { self_hosted: false };
  const gpuHours = inPlace.reduce((sum, { cost }) => sum + cost.gpuHours, 0);
  const amount = toUsd(
    toMonth(
      inPlace.reduce((sum, { cost }) => sum + cost.amount, 0n),
      workload.hours,
    ),
  );
  const monthHours = (gpuHours / workload.hours) * HOURS_PER_MONTH;
  const largest = inPlace.map(({ fleet }) => books.hardware.model(fleet.serving.model)?.parameters ?? 0);
  return {
    self_hosted: true,
    gpu_count: gpuHours / workload.hours,
    gpu_monthly_cost_usd: amount,
    ...(monthHours > 0 && { gpu_hourly_cost_usd: amount / monthHours }),
    ...(Math.max(...largest) > 0 && { model_parameters_billion: Math.max(...largest) / 1e9 }),
    spot_share:
      inPlace.reduce((sum, { fleet, cost }) => sum + fleet.spotShare * cost.gpuHours, 0) /
      Math.max(1, gpuHours),
    autoscaling: inPlace.some(({ fleet }) => fleet.scaling.kind === "autoscaled"),
    gpu_types: [...new Set(inPlace.map(({ fleet }) => fleet.serving.gpu))],
    engines: [...new Set(inPlace.map(({ fleet }) => fleet.serving.engine))],
    precisions: [...new Set(inPlace.map(({ fleet }) => fleet.serving.precision))],
    clouds: [...new Set(inPlace.map(({ fleet }) => fleet.cloud))],
  };
}
