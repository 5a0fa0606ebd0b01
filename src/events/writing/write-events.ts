import { rename } from "node:fs/promises";
import type { Engine, EngineValue } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import { EVENT_COLUMNS } from "../contract.js";
import { literal } from "../staging/sql-text.js";
import type { Staged } from "../staging/stage.js";
import { STATE } from "../staging/staged-row.js";
import type { StagedFile } from "../staging/staging-area.js";
import { FITS_RATE, LIST_COST, loadRates, RATES, UNKNOWN } from "./rates.js";

const FILES = "ingest_files";

/** Characters of the content hash in a derived id: 64 bits, beyond any accidental clash. */
const HASH_CHARACTERS = 16;

/** Writes the usable events, priced, in input order: equal inputs and prices give equal bytes. */
export async function writeEvents(
  engine: Engine,
  staged: Staged,
  prices: PriceBook,
  path: string,
): Promise<void> {
  await loadFiles(engine, staged.files);
  await loadRates(engine, staged.relation, prices);
  const dropped =
    staged.duplicates === null ? "" : `ANTI JOIN ${staged.duplicates} d ON d.part = s.part AND d.row = s.row`;
  const temporary = `${path}.tmp`;
  await engine.run(
    `COPY (
      SELECT ${EVENT_COLUMNS.map(({ name, type }) => `CAST(${eventValue(name)} AS ${type}) AS ${name}`).join(", ")}
      FROM (
        SELECT s.*, f.id_prefix, f.source AS file_source, s.row - f.first_row + 1 AS ordinal, ${LIST_COST} AS list_cost
        FROM ${staged.relation} s
        ${dropped}
        JOIN ${FILES} f ON f.file_no = s.file_no
        LEFT JOIN ${RATES} r ON ${FITS_RATE}
        WHERE s.state IN (${STATE.usable}, ${STATE.derivedId})
      )
    ) TO ${literal(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
    { stage: "writing events" },
  );
  await engine.run(`DROP TABLE ${FILES}; DROP TABLE ${RATES};`);
  await rename(temporary, path);
}

function eventValue(column: string): string {
  switch (column) {
    case "id":
      return "coalesce(id, id_prefix || '-' || ordinal)";
    case "intent":
    case "provider":
      return `coalesce(${column}, '${UNKNOWN}')`;
    case "cost_usd":
      return "coalesce(cost_usd, list_cost)";
    case "cost_basis":
      return `CASE WHEN cost_usd IS NOT NULL THEN coalesce(cost_basis, 'billed')
        WHEN list_cost IS NOT NULL THEN 'list_price' END`;
    case "source":
      return "coalesce(source, file_source)";
    default:
      return column;
  }
}

/** Per file: what its derived ids begin with. A second file of the same bytes gets a number, so that ids stay unique. */
async function loadFiles(engine: Engine, files: readonly StagedFile[]): Promise<void> {
  const copies = new Map<string, number>();
  const rows = files.map(({ index, firstRow, source, sha256, label }): EngineValue[] => {
    const prefix = (sha256 ?? label).slice(0, HASH_CHARACTERS);
    const copy = (copies.get(prefix) ?? 0) + 1;
    copies.set(prefix, copy);
    return [index, firstRow, copy === 1 ? prefix : `${prefix}.${copy}`, source];
  });
  await engine.run(
    `CREATE OR REPLACE TABLE ${FILES} (file_no INTEGER, first_row BIGINT, id_prefix VARCHAR, source VARCHAR)`,
  );
  await engine.append(FILES, ["file_no", "first_row", "id_prefix", "source"], rows);
}
