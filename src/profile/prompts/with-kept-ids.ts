import { access } from "node:fs/promises";
import type { Engine } from "../../engine/contract.js";
import { queryRows, runQuery } from "../queries/load-query.js";
import type { PromptIndex } from "./index-prompts.js";

/**
 * The prompts with the ids that their events have: where two sources logged a call, its text may come from the one
 * whose row was not kept. `path` names such calls; most workspaces have no such file.
 */
export async function withKeptIds(engine: Engine, index: PromptIndex, path: string): Promise<PromptIndex> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return index;
  await runQuery(engine, "prompt-tables");
  const ids = new Set(index.entries.map(({ eventId }) => eventId));
  await engine.append(
    "prompt_ids",
    ["event_id"],
    [...ids].map((id) => [id]),
  );
  const rows = await queryRows<{ readonly id: string; readonly kept_id: string }>(engine, "kept-ids", {
    fragments: { same_calls: { path } },
    stage: "profile: prompts",
  });
  const keptIds = new Map(rows.map(({ id, keptId }) => [id, keptId]));
  return {
    ...index,
    entries: index.entries.map((entry) => ({
      ...entry,
      eventId: keptIds.get(entry.eventId) ?? entry.eventId,
    })),
  };
}
