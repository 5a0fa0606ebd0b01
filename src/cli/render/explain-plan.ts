import type { z } from "zod";
import type { explainOutput } from "../../plan/contract.js";
import type { Camel } from "../../shared/case.js";
import { formatUsd, parseUsd } from "../../shared/money.js";
import { number, percent, plural, usd, whole } from "./format.js";
import { table } from "./table.js";

type Explanation = Camel<z.infer<typeof explainOutput>>;
type Comparison = Explanation["alone"];
type Cell = Comparison["cells"][number];
type FleetState = NonNullable<Comparison["fleets"][number]["before"]>;

/** Cells of a comparison that are written out; `--json` has all of them. */
const CELLS_SHOWN = 8;

export function renderExplanation(explanation: Explanation): string {
  const { action, alone, month, assumptions, basis } = explanation;
  const parameters = action.parameters.map(({ name, value }) => `${name} ${value}`).join(", ");
  const share = `${usd(explanation.shapleySavingUsdMonth)} of the joint ${usd(explanation.jointSavingUsdMonth)}`;
  return [
    [
      `${action.id}: ${action.name} (${action.layer}, stage ${action.stage}, step ${action.order} of the plan)`,
      ...(parameters === "" ? [] : [`With ${parameters}.`]),
      action.method,
    ].join("\n"),
    `Alone: what was observed, without and with this action (USD over the observed span, ${basis})`,
    ...comparison(alone, month),
    ...besideOthers(explanation),
    [
      `A month: ${month.text}.`,
      `${usd(explanation.standaloneSavingUsdMonth)} saved alone, ${usd(explanation.jointMarginalUsdMonth)} beside the others; its Shapley share is ${share} (${basis}).`,
      ...assumptions.map(({ text, basis: held }) => `${held}: ${text}`),
    ].join("\n"),
  ].join("\n\n");
}

function besideOthers({ alone, beside, besideActions, month }: Explanation): string[] {
  if (besideActions.length === 0) return ["It is the only action of the plan."];
  const others = `Beside the others (${besideActions.join(", ")})`;
  if (JSON.stringify(alone) === JSON.stringify(beside)) {
    return [`${others}: the same to the last digit, none of them changes what it acts on.`];
  }
  return [`${others}: without and with this action in its causal place`, ...comparison(beside, month)];
}

function comparison(given: Comparison, { factor }: Explanation["month"]): string[] {
  const { cells, fleets, beforeUsd, afterUsd, savingUsd, savingUsdMonth } = given;
  // Exact, so that the line can be checked; the tables are rounded to cents.
  const sum = `USD ${beforeUsd} - ${afterUsd} = ${savingUsd}; times ${number(factor)} = ${usd(savingUsdMonth)} a month`;
  if (cells.length + fleets.length === 0) return ["Nothing changes: USD 0.00 a month."];
  return [...(cells.length === 0 ? [] : [cellTable(cells)]), ...fleets.map(fleetTable), sum];
}

function cellTable(cells: readonly Cell[]): string {
  const shown = cells.slice(0, CELLS_SHOWN);
  const rest = cells.slice(CELLS_SHOWN);
  const total = (value: (cell: Cell) => string) =>
    formatUsd(rest.reduce((sum, cell) => sum + parseUsd(value(cell)), 0n));
  const rows = [
    ...shown.flatMap(cellRows),
    ...(rest.length === 0
      ? []
      : [
          [
            `${plural(rest.length, "smaller cell")} (all of them: --json)`,
            ...["", "", "", ""],
            total((cell) => cell.beforeUsd),
            total((cell) => cell.afterUsd),
          ],
        ]),
  ];
  return table(["cell", "", "before", "after", "USD per million", "before", "after"], rows, [
    "left",
    "left",
    "right",
    "right",
    "right",
    "right",
    "right",
  ]);
}

function cellRows(cell: Cell): string[][] {
  const paid = { list: "", fleet: "by the fleet", unpriced: "no price" }[cell.paid];
  return [
    [
      cellName(cell),
      "requests",
      whole(cell.requestsBefore),
      whole(cell.requestsAfter),
      paid,
      usd(cell.beforeUsd),
      usd(cell.afterUsd),
    ],
    ...cell.charges.map((charge) => [
      "",
      charge.kind.replaceAll("_", " "),
      whole(charge.tokensBefore),
      whole(charge.tokensAfter),
      charge.usdPerMillion ?? "",
      cell.paid === "list" ? usd(charge.beforeUsd) : "",
      cell.paid === "list" ? usd(charge.afterUsd) : "",
    ]),
  ];
}

/** What tells the cell from others; what is usual goes without saying. */
function cellName(cell: Cell): string {
  const { cluster, provider, model, region, status, batch, serviceTier, contextClass, routedFrom, fleet } =
    cell;
  return [
    `${cluster}, ${provider}/${model}`,
    ...(fleet === null ? [] : [`on fleet ${fleet}`]),
    ...(routedFrom === null ? [] : [`from ${routedFrom}`]),
    ...(batch ? ["batch"] : []),
    ...(serviceTier === null ? [] : [`tier ${serviceTier}`]),
    ...(contextClass === 0 ? [] : [`above ${whole(contextClass)} input tokens`]),
    ...(region === null ? [] : [region]),
    ...(status === "ok" ? [] : [status]),
  ].join(", ");
}

function fleetTable({ id, before, after, savingUsd }: Comparison["fleets"][number]): string {
  const figure = (name: string, words: (state: FleetState) => string) => [
    name,
    before === null ? "not running" : words(before),
    after === null ? "not running" : words(after),
  ];
  const seconds = (value: number) => `${number(Number(value.toFixed(3)))} s`;
  const rows = [
    figure("replica", (s) => `${s.gpusPerReplica} x ${s.gpu}, ${s.engine} ${s.precision}`),
    figure("place", (s) => `${s.cloud} ${s.region} ${s.instance}`),
    figure("requests", (s) => whole(s.work.reduce((sum, { requests }) => sum + requests, 0))),
    figure("replica time a request", (s) => spread(s.work.map((work) => work.replicaSecondsPerRequest))),
    figure("work of the busiest minute", (s) => seconds(s.busiestMinuteReplicaSeconds)),
    figure("replicas needed", (s) => `${whole(s.replicasNeeded)} at ${percent(s.utilisation)} of 60 s`),
    figure("replicas paid", (s) => `${whole(s.replicasPaid)}, ${s.scaling}`),
    figure("market GPU-hours", (s) => timesRate(s.marketGpuHours, s.usdPerMarketGpuHour, s.marketUsd)),
    figure("committed GPU-hours", (s) =>
      timesRate(s.committedGpuHours, s.usdPerCommittedGpuHour, s.committedUsd),
    ),
    figure("people", (s) => usd(s.peopleUsd)),
    figure("cost", (s) => usd(s.costUsd)),
  ];
  return table([`fleet ${id}: ${usd(savingUsd)} saved`, "before", "after (sizing estimated)"], rows, [
    "left",
    "left",
    "left",
  ]);
}

const timesRate = (hours: number, rate: string, amount: string): string =>
  hours === 0 ? "none" : `${number(Number(hours.toFixed(2)))} x ${usd(rate)} = ${usd(amount)}`;

/** Shortest to longest, of the kinds of requests that the fleet serves. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return "nothing is served";
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => Number(value.toPrecision(3)));
  return low === high ? `${number(low!)} s` : `${number(low!)} to ${number(high!)} s`;
}
