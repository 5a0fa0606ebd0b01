import { discoveredSchema } from "../events/contract.js";
import { type ContentCounts, ContentFile } from "../events/index.js";
import { UsageError } from "../shared/errors.js";
import type { Workspace } from "../shared/workspace.js";
import { exists, loadOptional } from "./open.js";

/** Where `discover` puts prompt text that was asked for, and nowhere where it was not. */
export interface CollectedContent {
  readonly keep: ContentFile["keep"];
  /** Puts prompts.jsonl in its place; null where no text was asked for. */
  close(): Promise<ContentCounts | null>;
  discard(): Promise<void>;
}

const NOTHING: CollectedContent = {
  keep: async () => undefined,
  close: async () => null,
  discard: async () => undefined,
};

/**
 * Opens prompts.jsonl for the text of collected calls. With `append`, what it holds stays.
 *
 * @throws UsageError TOP-COLLECT-PROMPTS where one lies there that `discover` did not write: it is the user's.
 */
export async function openContent(
  workspace: Workspace,
  { includeContent, append }: { readonly includeContent?: boolean; readonly append?: boolean },
): Promise<CollectedContent> {
  if (includeContent !== true) return NOTHING;
  const isTaken = (await exists(workspace.prompts)) && !(await wroteContent(workspace));
  if (isTaken) {
    throw new UsageError({
      code: "TOP-COLLECT-PROMPTS",
      message: `${workspace.prompts} is there already, and discover did not write it.`,
      found: "--include-content writes a file of that name.",
      fix: "Move it, or name another workspace: --dir <folder>",
    });
  }
  const file = await ContentFile.open(workspace.prompts, append === true);
  return {
    keep: (records) => file.keep(records),
    close: () => file.close(),
    discard: () => file.discard(),
  };
}

async function wroteContent({ discovered }: Workspace): Promise<boolean> {
  const former = await loadOptional(discovered, discoveredSchema).catch(() => null);
  return former?.content !== undefined;
}
