import type { z } from "zod";
import { levers as allLevers, type Books, type Lever } from "../../levers/index.js";
import { HOURS_PER_MONTH, type Workload } from "../../profile/contract.js";
import type { Camel } from "../../shared/case.js";
import { UsageError } from "../../shared/errors.js";
import { formatExact } from "../../shared/money.js";
import { nearest } from "../../shared/nearest.js";
import { scalingText } from "../baseline.js";
import { toMonth } from "../cost.js";
import { applyJointly, changesOf, monthlyCost, type PlanBody } from "../joint.js";
import { changedCells } from "./cell-changes.js";
import { changedFleets } from "./fleet-changes.js";
import type { explainOutput } from "./schema.js";
import { stalePlan } from "./stale-plan.js";

/** The arithmetic of one action, from requests and tokens to dollars a month. */
export type Explanation = Camel<z.infer<typeof explainOutput>>;

export interface ExplainInput {
  readonly plan: PlanBody;
  /** The workload that the plan was made from (`planningWorkload`). */
  readonly workload: Workload;
  readonly books: Books;
  /** Default: every lever of the registry. */
  readonly levers?: readonly Lever[];
}

/**
 * Recomputes one action of a plan, alone against the observed workload and beside all other actions. What is shown
 * adds up to the plan's own figures to the last digit.
 *
 * @throws UsageError TOP-PLAN-ACTION when the plan has no such action; TOP-PLAN-STALE when the workload, the prices or
 *   the policy are not those that the plan was made from.
 */
export function explainAction(id: string, input: ExplainInput): Explanation {
  const { plan, workload, books, levers = allLevers } = input;
  const action = plan.actions.find((candidate) => candidate.id === id) ?? refuse(id, plan);
  const ids = plan.actions.map((candidate) => candidate.id);
  const others = ids.filter((other) => other !== id);
  const changes = changesOrStale(plan, ids, levers);
  const own = changes[ids.indexOf(id)]!;
  const withAll = applyJointly(workload, changes, books);
  const withOthers = applyJointly(
    workload,
    changes.filter((change) => change !== own),
    books,
  );
  const alone = compare(workload, applyJointly(workload, [own], books), books);
  const beside = compare(withOthers, withAll, books);
  const joint = formatExact(monthlyCost(workload, withAll, books).savingPicoUsdMonth);
  if (alone.savingUsdMonth !== action.standaloneSavingUsd || joint !== plan.joint.savingUsdMonth) {
    throw stalePlan(
      `${id} saves ${alone.savingUsdMonth} USD a month alone now, ${action.standaloneSavingUsd} then.`,
    );
  }
  const { name, lever, layer, order, parameters } = action;
  return {
    action: {
      ...{ id, name, lever, layer, order, parameters },
      stage: own.lever.stage,
      method: own.lever.description,
    },
    alone,
    beside,
    besideActions: others,
    month: {
      observedHours: workload.hours,
      hours: HOURS_PER_MONTH,
      factor: HOURS_PER_MONTH / workload.hours,
      text: scalingText(workload.hours),
    },
    standaloneSavingUsdMonth: action.standaloneSavingUsd,
    jointMarginalUsdMonth: beside.savingUsdMonth,
    shapleySavingUsdMonth: action.shapleySavingUsd,
    jointSavingUsdMonth: joint,
    basis: alone.fleets.length + beside.fleets.length > 0 ? "estimated" : "replayed",
    assumptions: action.assumptions.map((assumption) => ({ ...assumption })),
  };
}

function compare(before: Workload, after: Workload, books: Books): Explanation["alone"] {
  const cells = changedCells(before, after, books);
  const fleets = changedFleets(before, after, books);
  const [was, becomes] = [cells.before + fleets.before, cells.after + fleets.after];
  return {
    cells: [...cells.cells],
    fleets: [...fleets.fleets],
    beforeUsd: formatExact(was),
    afterUsd: formatExact(becomes),
    savingUsd: formatExact(was - becomes),
    savingUsdMonth: formatExact(toMonth(was - becomes, before.hours)),
  };
}

function changesOrStale(plan: PlanBody, ids: readonly string[], levers: readonly Lever[]) {
  try {
    return changesOf(plan, ids, levers);
  } catch (cause) {
    throw stalePlan("It names a lever that this version does not have.", cause);
  }
}

function refuse(id: string, { actions }: PlanBody): never {
  const ids = actions.map((action) => action.id);
  const meant = nearest(id, ids);
  throw new UsageError({
    code: "TOP-PLAN-ACTION",
    message: `The plan has no action "${id}".`,
    found:
      ids.length === 0
        ? "The plan changes nothing."
        : `Its actions: ${ids.join(", ")}.${meant === null ? "" : ` The nearest is "${meant}".`}`,
    fix: meant === null ? "Actions and their ids: tokenop plan" : `Try: tokenop plan --explain ${meant}`,
  });
}
