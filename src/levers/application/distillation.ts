import type { FineTuningTerms, PriceRow } from "../../pricing/contract.js";
import { HOURS_PER_MONTH, type WorkloadCell } from "../../profile/contract.js";
import { formatUsd, type PicoUsd } from "../../shared/money.js";
import { priceCells, rowOf, sumOf } from "../cells.js";
import type { Assumption, Books, ClusterProposal, Effect, Lever } from "../contract.js";
import { modelScopes, moveRequests } from "./model-move.js";
import { candidateOf, type RouteParameters } from "./route.js";

export type DistillationParameters = RouteParameters & {
  /** Model that is tuned; `candidateModel` is the tuned one. */
  readonly student: string;
  readonly trainingExamples: number;
  readonly epochs: number;
};

/** Answers of today's model that the student learns from, and passes over them: assumed, common first settings. */
const EXAMPLES = 2_000;
const EPOCHS = 3;
/** Training must be paid back by list savings within this; people's time is weighed by the plan. */
const PAYBACK_MONTHS = 12n;

/**
 * Tunes a small model on the answers of today's model and sends it the cluster's requests.
 *
 * Formula: the same tokens at the tuned model's rates (its own row of the book, or its seller's multiple of the base
 * rates), as for routing. One-off: examples x mean tokens of a request (input and output) x epochs x training rate.
 * Examples are answers on file, so making them costs nothing; only models with at least as many observed requests are
 * taken. Prompts keep their length, although a tuned model often needs a shorter one: that saving is not counted.
 * Source: `fineTuning` of the price row (prices/overrides.yaml names the page).
 * Evidence: quality of the tuned model against today's; it must exist before it can be tested.
 */
export const distillation: Lever<DistillationParameters> = {
  id: "distillation",
  name: "Distil into a small model",
  layer: "application",
  stage: "model",
  risk: "high",
  effort: { setupHours: 60, hoursPerScope: 40 },
  description:
    "A small model is tuned on recorded answers and takes over the cluster's requests at its own rates; training is " +
    "a one-off cost. Nothing is claimed about quality until the tuned model has been tested.",

  propose(workload, limits, book) {
    const students = studentsOf(book, workload.pricedAt);
    return modelScopes(workload).flatMap((cells) => {
      const { cluster, provider, model } = cells[0]!;
      const onFleet = cells.some(({ fleet }) => fleet !== undefined);
      if (onFleet || sumOf(cells, ({ requests }) => requests) < EXAMPLES) return [];
      const own = { ...workload, cells, prefixReuse: [] };
      const today = rowOf(book, { provider, model }, workload.pricedAt);
      return students
        .filter(({ row, terms }) => {
          const allowed = [row.model, terms.model].every((name) =>
            limits.allowsModel(row.provider, name, cluster),
          );
          return allowed && today !== null && today.model !== row.model && today.model !== terms.model;
        })
        .map(
          ({ row, terms }): ClusterProposal<DistillationParameters> => ({
            cluster,
            model: { provider, model },
            parameters: {
              candidateProvider: row.provider,
              candidateModel: terms.model,
              student: row.model,
              trainingExamples: EXAMPLES,
              epochs: EPOCHS,
            },
          }),
        )
        .filter((proposal) => {
          const { before, after } = moveRequests(own, proposal, candidateOf(proposal.parameters), book);
          const saving =
            priceCells(before, book, workload.pricedAt) - priceCells(after, book, workload.pricedAt);
          const seconds = BigInt(Math.max(1, Math.round(workload.hours * 3600)));
          const yearly = (saving * PAYBACK_MONTHS * BigInt(HOURS_PER_MONTH * 3600)) / seconds;
          return yearly > trainingCost(before, proposal.parameters, book, workload.pricedAt).amount;
        });
    });
  },

  apply(workload, proposal: ClusterProposal<DistillationParameters>, book): Effect {
    const { parameters, model: baseline } = proposal;
    const candidate = candidateOf(parameters);
    const { before, after, includes, prefixReuse, assumptions } = moveRequests(
      workload,
      proposal,
      candidate,
      book,
    );
    const training = trainingCost(before, parameters, book, workload.pricedAt);
    return {
      workload: {
        ...workload,
        cells: [...workload.cells.filter((cell) => !includes(cell)), ...after],
        prefixReuse: [...workload.prefixReuse.filter((row) => !includes(row)), ...prefixReuse],
      },
      touchedRequests: sumOf(after, (cell) => cell.requests),
      oneOff: training.amount,
      assumptions: [...trainingAssumptions(parameters, training), ...assumptions],
      evidence: {
        kind: "quality",
        cluster: proposal.cluster,
        baseline: baseline!,
        candidate,
        variant: "distilled",
      },
    };
  },
};

interface Student {
  readonly row: PriceRow;
  readonly terms: FineTuningTerms;
}

/** Models that their sellers tune today, one row a model. */
function studentsOf(book: Books, at: Date): Student[] {
  const students = new Map<string, Student>();
  for (const { provider, model, fineTuning } of book.rows) {
    if (fineTuning === undefined) continue;
    const row = rowOf(book, { provider, model }, at);
    const tuned = rowOf(book, { provider, model: fineTuning.model }, at);
    if (row?.fineTuning !== undefined && row.deprecated !== true && tuned !== null) {
      students.set(JSON.stringify([row.provider, row.model]), { row, terms: row.fineTuning });
    }
  }
  return [...students.values()];
}

interface Training {
  readonly tokens: bigint;
  readonly amount: PicoUsd;
  readonly verified: boolean;
}

function trainingCost(
  cells: readonly WorkloadCell[],
  { candidateProvider, student, trainingExamples, epochs }: DistillationParameters,
  book: Books,
  at: Date,
): Training {
  const terms = rowOf(book, { provider: candidateProvider, model: student }, at)?.fineTuning;
  const requests = BigInt(
    Math.max(
      1,
      sumOf(cells, (cell) => cell.requests),
    ),
  );
  const tokens = BigInt(sumOf(cells, (cell) => cell.inputTokens + cell.outputTokens));
  const trained = (tokens * BigInt(trainingExamples) * BigInt(epochs)) / requests;
  return {
    tokens: trained,
    amount: trained * (terms?.trainingRate ?? 0n),
    verified: terms?.verified ?? false,
  };
}

function trainingAssumptions(
  { student, trainingExamples, epochs }: DistillationParameters,
  { tokens, amount, verified }: Training,
): Assumption[] {
  const source = verified ? "" : ", at a second-hand rate";
  return [
    {
      text:
        `${student} is trained on ${trainingExamples} recorded answers, ${epochs} times over: ${tokens} tokens, ` +
        `${formatUsd(amount)} once${source}. Training again as the task changes is not counted.`,
      basis: "assumed",
    },
    { text: "The tuned model gets the same prompt.", basis: "assumed" },
  ];
}
