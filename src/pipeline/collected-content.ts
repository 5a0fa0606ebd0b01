import { discoveredSchema } from "../events/contract.js";
import { type ContentCounts, ContentFile, REDACTED_KINDS } from "../events/index.js";
import { UsageError } from "../shared/errors.js";
import type { Workspace } from "../shared/workspace.js";
import { exists, loadOptional } from "./open.js";

/** Where `discover` puts prompt text that was asked for, and nowhere where it was not. */
export interface CollectedContent {
  readonly keep: ContentFile["keep"];
  /** Puts prompts.jsonl in its place, and says what it holds; null where it holds nothing of `discover`. */
  close(): Promise<ContentCounts | null>;
  discard(): Promise<void>;
}

/**
 * Opens prompts.jsonl for the text of collected calls. With `append`, what it holds stays and counts. Where no text is
 * asked for, text of an earlier discovery stays as it is, and is still named.
 *
 * @throws UsageError TOP-COLLECT-PROMPTS where one lies there that `discover` did not write: it is the user's.
 */
export async function openContent(
  workspace: Workspace,
  { includeContent, append }: { readonly includeContent?: boolean; readonly append?: boolean },
): Promise<CollectedContent> {
  const isThere = await exists(workspace.prompts);
  const former = isThere ? await formerCounts(workspace) : null;
  if (includeContent !== true)
    return { keep: async () => undefined, close: async () => former, discard: async () => undefined };
  if (isThere && former === null) {
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
    close: async () => {
      const added = await file.close();
      return append === true && former !== null ? together(former, added) : added;
    },
    discard: () => file.discard(),
  };
}

/** What discovered.yaml says of the text in prompts.jsonl; null where `discover` wrote none. */
async function formerCounts({ discovered }: Workspace): Promise<ContentCounts | null> {
  const former = await loadOptional(discovered, discoveredSchema).catch(() => null);
  return former?.content ?? null;
}

function together(former: ContentCounts, added: ContentCounts): ContentCounts {
  const redactions = { ...former.redactions };
  for (const kind of REDACTED_KINDS) redactions[kind] += added.redactions[kind];
  return { records: former.records + added.records, redactions };
}
