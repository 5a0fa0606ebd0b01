import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { workloadWithSideTables } from "../../levers/fixtures/side-tables.js";
import { SIDE_TABLES } from "../../profile/contract.js";
import { splitByModel } from "./combinations.js";

describe("a cluster's models priced apart", () => {
  it("share out the cells and every side table, each row once", () => {
    fc.assert(
      fc.property(workloadWithSideTables, (workload) => {
        const units = workload.clusters.flatMap(({ id }) => splitByModel(workload, id));
        for (const table of ["cells", ...SIDE_TABLES] as const) {
          const rows: readonly object[] = units.flatMap((unit): readonly object[] => unit.workload[table]);
          expect(new Set(rows)).toEqual(new Set<object>(workload[table]));
          expect(rows).toHaveLength(workload[table].length);
        }
      }),
    );
  });
});
