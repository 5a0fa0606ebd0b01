import type { Collector, ExportReader } from "../contract.js";
import { explainExports, readExports } from "../exports/read-exports.js";

/** A platform of which only export files are read, and those only where they are named. */
export interface ExportCollector
  extends Pick<Collector, "id" | "summary" | "yields" | "grants" | "cannotFill"> {
  readonly title: string;
  readonly exports: ExportReader;
}

/** Makes a collector of named export files: `--collectors <id> --input-dir <files>`. */
export function exportCollector(definition: ExportCollector): Collector {
  const { id, summary, yields, grants, cannotFill } = definition;
  return {
    id,
    summary,
    yields,
    environment: [],
    grants,
    cannotFill,
    latenessHours: 0,
    settings: null,
    hosts: () => [],
    detect: async ({ inputs }) =>
      inputs.length > 0
        ? { found: true, summary: `${inputs.length} input(s) named` }
        : { found: false, summary: `no files named; --collectors ${id} --input-dir <files>` },
    explain: (options) => explainExports(definition, options),
    read: (options, context) => readExports(definition, options, context),
  };
}
