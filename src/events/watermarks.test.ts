import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  loadWatermarks,
  NO_WATERMARKS,
  readAgainFrom,
  saveWatermarks,
  type Watermarks,
} from "./watermarks.js";

const instant = fc
  .date({ min: new Date("2026-01-01"), max: new Date("2027-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());
const mark = fc.record({ newestTs: instant, latenessHours: fc.integer({ min: 0, max: 100 }) });
const marks: fc.Arbitrary<Watermarks> = fc.record({
  sources: fc.dictionary(fc.constantFrom("a", "b", "c"), mark).map((found) => new Map(Object.entries(found))),
  files: fc
    .dictionary(fc.constantFrom("x.jsonl", "y.csv"), fc.constantFrom("0f", "1e"))
    .map((found) => new Map(Object.entries(found))),
});

describe("watermarks", () => {
  it("come back as they were saved, and none is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "watermarks-"));
    const path = join(folder, "watermarks.json");
    expect(await loadWatermarks(path)).toEqual(NO_WATERMARKS);
    await fc.assert(
      fc.asyncProperty(marks, async (given) => {
        await saveWatermarks(path, given);
        expect(await loadWatermarks(path)).toEqual(given);
      }),
      { numRuns: 20 },
    );
    await rm(folder, { recursive: true });
  });

  it("never go back, whatever is read after them", () => {
    fc.assert(
      fc.property(marks, marks, (former, read) => {
        const after = advance(former, read);
        for (const [name, { newestTs }] of [...former.sources, ...read.sources]) {
          expect(Date.parse(after.sources.get(name)!.newestTs)).toBeGreaterThanOrEqual(Date.parse(newestTs));
        }
        expect(advance(after, read)).toEqual(after);
      }),
    );
  });

  it("are read again from, less what may still come late", () => {
    const given: Watermarks = {
      sources: new Map([["a", { newestTs: "2026-06-03T12:00:00.000Z", latenessHours: 48 }]]),
      files: new Map(),
    };
    expect(readAgainFrom(given, "a", 1)?.toISOString()).toBe("2026-06-01T12:00:00.000Z");
    expect(readAgainFrom(given, "a", 72)?.toISOString()).toBe("2026-05-31T12:00:00.000Z");
    expect(readAgainFrom(given, "b", 1)).toBeNull();
  });
});
