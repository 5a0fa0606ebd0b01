import { NOT_CONFIGURED } from "../../collect/contract.js";
import type { discoveredSchema, IngestResult } from "../../events/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { percent, plural, usd, usdNumber, whole } from "./format.js";
import { renderInfrastructure } from "./infrastructure.js";
import { table } from "./table.js";

type Discovered = ArtifactBody<typeof discoveredSchema>;

/** stdout of `tokenop discover --json`. */
export function discoveredJson(
  { totals, files, span, cost, infrastructure }: Discovered,
  written: readonly string[],
): unknown {
  return {
    ...totals,
    files,
    span,
    cost_usd: {
      billed: usdNumber(cost.billedUsd),
      list_price: usdNumber(cost.listPriceUsd),
      unpriced_events: cost.unpricedEvents,
    },
    ...(infrastructure !== undefined && {
      infrastructure: {
        pools: infrastructure.pools.length,
        endpoints: infrastructure.endpoints.length,
        servers: infrastructure.servers.length,
      },
    }),
    written,
  };
}

const FILES_SHOWN = 12;
const PROBLEMS_SHOWN = 10;

export function renderDiscovered(discovered: Discovered): string {
  const { totals, cost, span } = discovered;
  const lines = [
    `${plural(totals.valid, "event")} from ${plural(discovered.files.length, "file")}: ` +
      `${whole(totals.read)} read = ${whole(totals.valid)} valid + ${whole(totals.rejected)} rejected + ` +
      `${whole(totals.duplicate)} duplicate${overlapping(totals)}.`,
  ];
  const { appended } = discovered;
  if (appended !== undefined) {
    lines.push(
      `Added to what was there: ${whole(appended.kept)} kept, ${whole(appended.replaced)} read again, ${whole(appended.added)} new.`,
    );
  }
  if (span !== null) lines.push(`From ${span.first} to ${span.last}.`);
  if (cost.billedEvents > 0)
    lines.push(`Billed: ${usd(cost.billedUsd)} over ${plural(cost.billedEvents, "event")} (measured).`);
  if (cost.listPricedEvents > 0) {
    lines.push(
      `At list price: ${usd(cost.listPriceUsd)} over ${plural(cost.listPricedEvents, "event")} without a billed cost.`,
    );
  }
  for (const row of discovered.unpriced) {
    lines.push(
      `No price for ${row.provider}/${row.model}: ${plural(row.events, "event")}, ${whole(row.tokens)} tokens, left unpriced.`,
    );
  }
  lines.push(...(discovered.reconciliation ?? []).map(billLine));
  if (discovered.content !== undefined) lines.push(contentLine(discovered.content));
  if (discovered.infrastructure !== undefined) lines.push(...renderInfrastructure(discovered.infrastructure));
  lines.push(...skippedLines(discovered.collectors));
  if (discovered.files.length > 0) lines.push("", renderFiles(discovered.files));
  return lines.join("\n");
}

function overlapping({ overlapping: rows }: Discovered["totals"]): string {
  return rows === 0 ? "" : ` + ${whole(rows)} that another source has too`;
}

type Bill = NonNullable<Discovered["reconciliation"]>[number];

/** A bill of which nothing can be compared is shown all the same. */
function billLine({
  source,
  provider,
  amount,
  currency,
  comparedAmount,
  explainedShare,
  ...rest
}: Bill): string {
  const bill = `Bill of ${provider} (${source}, ${rest.basis}): ${Number(amount).toFixed(2)} ${currency}`;
  if (currency !== "USD") return `${bill}, which is not compared with events in USD.`;
  if (explainedShare === null) return `${bill}; no day of it has events.`;
  return (
    `${bill}, of which ${Number(comparedAmount).toFixed(2)} for days with events; they explain ` +
    `${percent(explainedShare)} of it.`
  );
}

function contentLine({ records, redactions }: NonNullable<Discovered["content"]>): string {
  const replaced = Object.values(redactions).reduce((sum, count) => sum + count, 0);
  return `Text of ${plural(records, "call")} in prompts.jsonl, ${plural(replaced, "passage")} redacted; it stays here.`;
}

/** One line a reason: most collectors are skipped for the same one. */
function skippedLines(collectors: Discovered["collectors"]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { id, used, reason, found } of collectors) {
    if (used) continue;
    const why = reason ?? found;
    byReason.set(why, [...(byReason.get(why) ?? []), id]);
  }
  return [...byReason].map(([why, ids]) =>
    why === NOT_CONFIGURED ? `Not configured: ${ids.join(", ")}.` : `Skipped ${ids.join(", ")}: ${why}`,
  );
}

function renderFiles(files: Discovered["files"]): string {
  const rows = files
    .slice(0, FILES_SHOWN)
    .map((file) => [
      file.file,
      file.format,
      whole(file.read),
      whole(file.valid),
      whole(file.rejected),
      whole(file.duplicate),
    ]);
  const more =
    files.length > FILES_SHOWN ? `\n... and ${plural(files.length - FILES_SHOWN, "more file")}` : "";
  return (
    table(["file", "format", "read", "valid", "rejected", "duplicate"], rows, [
      "left",
      "left",
      "right",
      "right",
      "right",
      "right",
    ]) + more
  );
}

/** Problems as `file:line: field: what`, the first few, with where the rest are. */
export function renderProblems(
  result: Pick<IngestResult, "problems" | "rejected">,
  elsewhere: string | null,
): string[] {
  const shown = result.problems.slice(0, PROBLEMS_SHOWN).map((problem) => {
    const field = problem.field === null ? "" : `${problem.field}: `;
    return `${problem.file}:${problem.line}: ${field}${problem.message}`;
  });
  const rest = result.rejected - shown.length;
  if (rest > 0) shown.push(`... and ${whole(rest)} more${elsewhere === null ? "" : ` in ${elsewhere}`}`);
  return shown;
}

export function renderValidation(result: IngestResult): string {
  const head =
    `${whole(result.read)} read = ${whole(result.valid)} valid + ${whole(result.rejected)} rejected + ` +
    `${whole(result.duplicate)} duplicate.`;
  return [head, ...result.warnings, ...renderProblems(result, null)].join("\n");
}
