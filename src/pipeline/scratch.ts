import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../engine/contract.js";
import { openDuckDb } from "../engine/duckdb/index.js";
import type { Context } from "../shared/context.js";

/** An engine for work that leaves nothing behind and has no workspace. */
export async function withTemporaryEngine<T>(
  context: Context,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tokenop-"));
  try {
    const engine = await openDuckDb({ scratchDir: join(folder, "engine") }, context);
    try {
      return await work(engine);
    } finally {
      await engine.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
