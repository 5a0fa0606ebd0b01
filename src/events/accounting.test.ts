import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batchesOf, event, openWorkbench, type Workbench } from "./fixtures/workbench.js";
import { validateFiles } from "./index.js";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const GOOD = Buffer.from(`${JSON.stringify(event())}\n`);
const garbage = fc
  .oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 60 }).map((text) => Buffer.from(text)),
  )
  .map((bytes) => Buffer.concat([Buffer.from(bytes), Buffer.from("\n")]));
const mixed = fc.array(fc.oneof(fc.constant(GOOD), garbage), { maxLength: 25 });

describe("accounting", () => {
  it("adds up and keeps every good line, whatever stands between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(mixed, { minLength: 1, maxLength: 3 }), async (contents) => {
        const files = [];
        for (const [at, parts] of contents.entries())
          files.push(await bench.put(`${at}.jsonl`, Buffer.concat(parts)));
        const result = await validateFiles(batchesOf(files), {
          engine: bench.engine,
          context: bench.context,
        });

        expect(result.read).toBe(result.valid + result.rejected + result.duplicate);
        expect(result.files.map(({ valid }) => valid)).toEqual(
          contents.map((parts) => parts.filter((part) => part === GOOD).length),
        );
        for (const file of result.files) expect(file.read).toBe(file.valid + file.rejected + file.duplicate);
        expect(result.problems).toHaveLength(result.rejected);
      }),
      { numRuns: 40 },
    );
  });
});
