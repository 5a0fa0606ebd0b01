import type { Report, ReportFormat } from "./contract.js";
import { formatCount, formatMoney, formatShare } from "./format.js";
import { escapeMarkdown, list, table } from "./markdown/blocks.js";
import { acceptedCosts, evidence, judge, latencyTails } from "./markdown/evidence.js";
import { economics, fleets, optimality } from "./markdown/plan-worth.js";

export const markdown: ReportFormat = {
  id: "md",
  summary: "One page for a pull request or a chat",
  files: ["summary.md"],
  async render(report) {
    return [{ file: "summary.md", text: renderSummary(report) }];
  },
};

function renderSummary(report: Report): string {
  return [
    `# ${report.simulated ? "SIMULATED: " : ""}${escapeMarkdown(report.title)}`,
    report.simulated
      ? "> Models, prices or workload are simulated. Nothing here is a claim about production."
      : "",
    `**${escapeMarkdown(report.verdict.headline)}**`,
    escapeMarkdown(report.verdict.detail),
    escapeMarkdown(report.verdict.worth ?? ""),
    ...spend(report),
    ...actions(report),
    ...optimality(report),
    ...fleets(report),
    ...economics(report),
    ...evidence(report),
    ...latencyTails(report),
    ...acceptedCosts(report),
    ...judge(report),
    ...list("Next steps", report.nextSteps),
    ...list(
      "Patches",
      [
        ...report.patches.map((patch) => `patches/${patch.file}: ${patch.summary}`),
        report.patchNote ?? "",
      ].filter((line) => line !== ""),
    ),
    ...list("Warnings", report.warnings),
    `Prices: ${escapeMarkdown(report.priceBook.source)}, ${escapeMarkdown(report.priceBook.date)} (${escapeMarkdown(report.priceBook.id)}).`,
  ]
    .filter((block) => block !== "")
    .join("\n\n")
    .concat("\n");
}

function spend({ spend }: Report): string[] {
  const intents = spend.drivers.find(({ dimension }) => dimension === "intent")?.rows.slice(0, 10) ?? [];
  const unpriced = spend.unpriced.map(
    ({ provider, model, events }) =>
      `- Not priced: ${escapeMarkdown(provider)}/${escapeMarkdown(model)}, ${formatCount(events)} calls, left out of every total.`,
  );
  return [
    "## Where the money goes",
    `${money(spend.month.value)} a month (${spend.month.basis}; ${escapeMarkdown(spend.scaling)}) for ${formatCount(spend.events)} observed calls.${ofFleets(spend)}`,
    table(
      ["Intent", "Observed cost", "Share", "Calls"],
      intents.map((row) => [
        row.key,
        formatMoney(row.costUsd),
        formatShare(row.share),
        formatCount(row.events),
      ]),
    ),
    unpriced.join("\n"),
  ];
}

const ofFleets = ({ fleets }: Report["spend"]): string =>
  (fleets.value ?? 0) > 0 ? ` GPU fleets are ${money(fleets.value)} of it (${fleets.basis}).` : "";

function actions({ actions, layers, synergy }: Report): string[] {
  if (actions.length === 0) return [];
  const subtotals = layers.map(
    ({ layer, savingUsdMonth, share }) => `${layer} ${formatMoney(savingUsdMonth)} (${formatShare(share)})`,
  );
  const approvals = actions.filter((action) => action.approvals.length > 0);
  return [
    "## The plan",
    table(
      ["Change", "Layer", "Alone, a month", "In the plan, a month", "One-off", "Templates", "Certified"],
      actions.map((action) => [
        `${action.order}. ${action.summary}`,
        action.layer,
        formatMoney(action.standaloneUsdMonth),
        formatMoney(action.shareUsdMonth),
        formatMoney(action.oneOffUsd),
        action.templates.map(({ id }) => id).join(", "),
        action.certified ? "yes" : "no",
      ]),
    ),
    `By layer: ${escapeMarkdown(subtotals.join(", "))}. One-off cost is assumed.`,
    approvals
      .map(
        (action) =>
          `- Approval by ${escapeMarkdown(action.approvals.join(", "))}: ${escapeMarkdown(action.summary)}`,
      )
      .join("\n"),
    `Together ${money(synergy.joint.value)} a month, against ${money(synergy.standaloneSum.value)} for the sum of each alone: synergy ${money(synergy.amount.value)}. ${escapeMarkdown(synergy.explained)}`,
  ];
}

const money = (value: number | null): string => (value === null ? "not known" : formatMoney(value));
