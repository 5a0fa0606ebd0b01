import { type Books, costFleet, loadOf, shapeOf } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { type PicoUsd, toUsd } from "../../shared/money.js";
import type { Random } from "../../shared/random.js";
import { apiCostOf, toMonth } from "../cost.js";
import type { PlanBody } from "../joint.js";
import { type Economics, peopleHours } from "../policy/economics.js";
import type { Candidate } from "../search/candidates.js";
import { asksAnew } from "../search/problem.js";
import { type Draw, simulateEconomics, type Uncertainty } from "./simulate.js";

export interface PlanEconomicsInput {
  readonly baseline: Workload;
  readonly planned: Workload;
  readonly chosen: readonly Candidate[];
  readonly books: Books;
  readonly economics: Economics;
  /** Billed over list; null where events carry no billed cost. */
  readonly billedFactor: number | null;
  readonly random: Random;
}

const DEMAND: Uncertainty = {
  name: "demand",
  low: 0.8,
  mid: 1,
  high: 1.25,
  basis: "assumed",
  source: "volume of coming months over the observed one",
};
const API_PRICES: Uncertainty = {
  name: "api prices",
  low: 0.7,
  mid: 1,
  high: 1,
  basis: "assumed",
  source: "list prices over the horizon: they fall more often than they rise",
};
const PEOPLE: Uncertainty = {
  name: "people's hours",
  low: 0.5,
  mid: 1,
  high: 2.5,
  basis: "assumed",
  source: "hours over the estimate, skewed as engineering estimates are",
};
const GPU_PRICES: Uncertainty = {
  name: "gpu prices",
  low: 0.75,
  mid: 1,
  high: 1.1,
  basis: "assumed",
  source: "what is not committed, over the horizon",
};

/** What a plan is worth: every draw costs baseline and plan again, fleets by their load, nothing by percentages. */
export function planEconomics(input: PlanEconomicsInput): NonNullable<PlanBody["economics"]> {
  const { baseline, planned, chosen, books, economics, billedFactor } = input;
  const hours = [...peopleHours(chosen, economics).values()].reduce((sum, own) => sum + own, 0);
  const rate = toUsd(economics.hourlyRatePicoUsd);
  const purchases = toUsd(chosen.reduce((sum, { effect }) => sum + effect.oneOff, 0n));
  const experiment = experimentUsd(baseline, chosen, books);
  const month = (amount: PicoUsd) => toUsd(toMonth(amount, baseline.hours));
  const apiSaving = month(apiCostOf(baseline, books) - apiCostOf(planned, books));
  const fleetsAt = [baseline, planned].map((workload) => fleetCosts(workload, books));
  const hasFleets = fleetsAt.some(({ count }) => count > 0);
  const capacity = capacityUncertainty(planned, books);
  const uncertainties = [
    DEMAND,
    API_PRICES,
    PEOPLE,
    ...(hasFleets ? [GPU_PRICES] : []),
    ...(capacity === null ? [] : [capacity]),
  ];
  const saving = (draw: Draw): number => {
    const demand = draw.get("demand")!;
    const load = demand / (draw.get("replica capacity") ?? 1);
    const fleets = month(fleetsAt[0]!.at(demand) - fleetsAt[1]!.at(load));
    return (
      apiSaving * demand * draw.get("api prices")! * (billedFactor ?? 1) +
      fleets * (draw.get("gpu prices") ?? 1)
    );
  };
  const outcome = simulateEconomics({
    uncertainties,
    saving,
    oneOff: (draw) => hours * rate * draw.get("people's hours")! + purchases + experiment,
    horizonMonths: economics.horizonMonths,
    discountRateYear: economics.discountRateYear,
    random: input.random,
  });
  return {
    ...outcome,
    tornado: [...outcome.tornado],
    experimentUsd: Math.round(experiment * 100) / 100,
    engineeringHours: hours,
    hourlyRateUsd: rate,
    horizonMonths: economics.horizonMonths,
    discountRateYear: economics.discountRateYear,
    uncertainties: uncertainties.map((uncertainty) => ({ ...uncertainty })),
  };
}

/** List cost of answering the expected samples of every question with both models; fleets answer on what they have. */
function experimentUsd(baseline: Workload, chosen: readonly Candidate[], books: Books): number {
  return chosen.filter(asksAnew).reduce((sum, { question, effect, standalone }) => {
    const { evidence, touchedRequests } = effect;
    if (question === null || evidence.kind !== "quality" || touchedRequests === 0) return sum;
    const own = baseline.cells.filter(
      ({ cluster, provider, model }) =>
        cluster === evidence.cluster &&
        provider === evidence.baseline.provider &&
        model === evidence.baseline.model,
    );
    const before = apiCostOf({ ...baseline, cells: own }, books);
    const requests = own.reduce((total, cell) => total + cell.requests, 0);
    if (requests === 0) return sum;
    const after = standalone > before ? 0n : before - standalone;
    return sum + (toUsd(before + after) / requests) * Math.min(question.pairs, requests);
  }, 0);
}

/** Cost of all fleets when their load is so many times what was observed; loads are summed once. */
function fleetCosts(workload: Workload, books: Books): { count: number; at: (factor: number) => PicoUsd } {
  const loads = workload.fleets.map((fleet) => ({ fleet, load: loadOf(workload, fleet, books) }));
  const active = loads.filter(({ fleet, load }) => !fleet.potential || load.some((work) => work > 0));
  const known = new Map<number, PicoUsd>();
  return {
    count: active.length,
    at: (exact) => {
      // In hundredths: replicas are whole, and draws would otherwise never meet twice.
      const factor = Math.round(exact * 100) / 100;
      const before = known.get(factor);
      if (before !== undefined) return before;
      const amount = active.reduce((sum, { fleet, load }) => {
        const scaled = load.map((work) => Math.ceil(work * factor));
        return sum + costFleet(fleet, scaled, workload.hours).amount;
      }, 0n);
      known.set(factor, amount);
      return amount;
    },
  };
}

/** The widest interval of the plan's fleets: what one replica carries, over the estimate; null where none is sized. */
function capacityUncertainty(planned: Workload, books: Books): Uncertainty | null {
  const spreads = planned.fleets.flatMap((fleet) => {
    if (fleet.scaling.kind === "fixed") return [];
    const served = planned.cells.filter((cell) => cell.fleet === fleet.id && cell.requests > 0);
    return served.flatMap((cell) => {
      const shape = { ...shapeOf(cell, planned, fleet), prefixHitShare: 0 };
      const capacity = books.hardware.capacity(fleet.serving, shape, fleet.targets);
      if (!capacity.fits) return [];
      const { low, mid, high, basis } = capacity.requestsPerSecond;
      return [{ low: low / mid, high: high / mid, basis }];
    });
  });
  if (spreads.length === 0) return null;
  return {
    name: "replica capacity",
    low: Math.min(...spreads.map(({ low }) => low)),
    mid: 1,
    high: Math.max(...spreads.map(({ high }) => high)),
    basis: spreads.every(({ basis }) => basis === "measured") ? "measured" : "estimated",
    source: "interval of the serving estimate, requests a second of one replica",
  };
}
