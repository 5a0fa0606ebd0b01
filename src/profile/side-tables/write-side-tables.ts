import type { Engine } from "../../engine/contract.js";
import type { Workspace } from "../../shared/workspace.js";
import { OUTPUT_CAPS, RETRY_LIMITS } from "../contract.js";
import type { Coverage } from "../measure/coverage.js";
import { type Fragment, runQuery } from "../queries/load-query.js";
import { numberedPass } from "../queries/passes.js";

/** Turns whose window is held at once: about 0.5 GB in the engine, as measured. */
const TURNS_PER_SLICE = 2_000_000;

export interface SideTableOptions {
  readonly turnsPerSlice?: number;
  /** Where another engine has read the events: its rows, by the name of the pass. */
  readonly passOf?: (name: "output-classes" | "conversation-windows") => Fragment;
}

/**
 * Retries, conversation windows and output tails beside the cube. Needs the views that `writeCube` leaves; events that
 * carry neither retries nor conversations are not read for them.
 */
export async function writeSideTables(
  engine: Engine,
  workspace: Workspace,
  coverage: Pick<Coverage, "withRetryOf" | "withConversation">,
  { turnsPerSlice = TURNS_PER_SLICE, passOf }: SideTableOptions = {},
): Promise<void> {
  await runQuery(engine, "side-table-grids");
  await fillGrid(engine, "output_caps", "cap_tokens", OUTPUT_CAPS);
  await fillGrid(engine, "retry_limits", "maximum_retries", RETRY_LIMITS);
  await runQuery(engine, "output-tails", {
    fragments: {
      pass: passOf?.("output-classes") ?? numberedPass(engine.dialect, "output-classes"),
      output_tails: { path: workspace.outputTails },
    },
    stage: "profile: outputs",
  });
  await writeRetries(engine, workspace, coverage.withRetryOf > 0);
  await runQuery(engine, "conversation-tables");
  if (coverage.withConversation > 0)
    await replayConversations(engine, coverage.withConversation, turnsPerSlice, passOf);
  await runQuery(engine, "conversations", {
    fragments: { conversations: { path: workspace.conversations } },
  });
}

async function fillGrid(
  engine: Engine,
  table: string,
  column: string,
  values: readonly number[],
): Promise<void> {
  await engine.append(
    table,
    [column],
    values.map((value) => [value]),
  );
}

async function writeRetries(engine: Engine, workspace: Workspace, present: boolean): Promise<void> {
  const stage = "profile: retries";
  await runQuery(engine, present ? "retry-attempts" : "no-retries", { stage });
  await runQuery(engine, "retries", { fragments: { retries: { path: workspace.retries } }, stage });
}

async function replayConversations(
  engine: Engine,
  turns: number,
  turnsPerSlice: number,
  passOf: SideTableOptions["passOf"],
): Promise<void> {
  const stage = "profile: conversations";
  if (passOf !== undefined) {
    const fragments = { pass: passOf("conversation-windows") };
    await runQuery(engine, "conversation-windows", { fragments, stage });
    return;
  }
  const slices = Math.ceil(turns / turnsPerSlice);
  for (let slice = 0; slice < slices; slice += 1) {
    for (const name of ["conversation-turns", "conversation-trims", "conversation-windows"] as const) {
      const fragments = { pass: numberedPass(engine.dialect, name, { slices, slice }) };
      await runQuery(engine, name, { fragments, stage });
    }
  }
}
