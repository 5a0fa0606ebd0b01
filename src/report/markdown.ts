import type { Report, ReportFormat } from "./contract.js";
import { formatChange, formatCount, formatMoney, formatPoints, formatShare } from "./format.js";

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
    ...spend(report),
    ...actions(report),
    ...evidence(report),
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
    `${money(spend.month.value)} a month (${spend.month.basis}; ${escapeMarkdown(spend.scaling)}) for ${formatCount(spend.events)} observed calls.`,
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

function actions({ actions, synergy }: Report): string[] {
  if (actions.length === 0) return [];
  return [
    "## The plan",
    table(
      ["Change", "Alone, a month", "In the plan, a month", "Certified"],
      actions.map((action) => [
        action.summary,
        formatMoney(action.standaloneUsdMonth),
        formatMoney(action.shareUsdMonth),
        action.certified ? "yes" : "no",
      ]),
    ),
    `Together ${money(synergy.joint.value)} a month, against ${money(synergy.standaloneSum.value)} for the sum of each alone: synergy ${money(synergy.amount.value)}. ${escapeMarkdown(synergy.explained)}`,
  ];
}

function evidence({ certificates, experiment }: Report): string[] {
  if (certificates.length === 0) return [];
  const cost =
    experiment === null
      ? ""
      : `The experiment used ${formatCount(experiment.calls)} calls (a fixed design: ${formatCount(experiment.callsFixedDesign)}) and cost ${formatMoney(experiment.spentUsd)}.`;
  return [
    "## Evidence",
    table(
      ["Question", "Verdict", "Pairs", "Change, points", "Bounds, points", "Margin, points", "More pairs"],
      certificates.map((row) => [
        `${row.scope} to ${row.candidate}`,
        `${row.verdict} (${row.population})`,
        formatCount(row.n),
        row.difference === null ? "not known" : formatChange(row.difference),
        `${formatChange(row.lower)} to ${formatChange(row.upper)}`,
        formatPoints(row.margin),
        row.verdict !== "inconclusive"
          ? "none"
          : row.samplesNeeded === null
            ? "never enough"
            : formatCount(row.samplesNeeded),
      ]),
    ),
    cost,
  ];
}

const money = (value: number | null): string => (value === null ? "not known" : formatMoney(value));

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${escapeMarkdown(line)}`).join("\n")];

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map((row) => line(row.map(escapeMarkdown)))].join(
    "\n",
  );
}

/** User text stays text: no markup, no links, no new table cells or lines. */
function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, (space) => (/[\r\n]/.test(space) ? " " : space))
    .replaceAll(/[\\`*_[\]|]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
