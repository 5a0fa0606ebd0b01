import { exportCollector } from "../platform/export-collector.js";
import { asObject } from "../platform/fields.js";
import { contentOf, normalise } from "./normalise.js";

/** Amazon Bedrock's model invocation logs, as they lie in a bucket and were copied here. */
export const bedrockLogsCollector = exportCollector({
  id: "bedrock-logs",
  title: "Bedrock invocation logs",
  summary: "Amazon Bedrock model invocation logs, copied from their S3 bucket (JSON lines, gzipped)",
  yields: ["requests"],
  grants: [
    "Read access to the copied files; no network. To copy them: s3:ListBucket and s3:GetObject on the log prefix.",
  ],
  cannotFill: [
    { column: "cost_usd", reason: "The logs hold no money; the list price is computed." },
    { column: "ttft_ms", reason: "The logs do not record it." },
    { column: "quality_score", reason: "The logs do not record it." },
    { column: "retry_of", reason: "The logs do not say what repeats what." },
    { column: "prompt_hash", reason: "Bodies are not read." },
    { column: "prefix_hashes", reason: "Bodies are not read." },
  ],
  exports: {
    summary: "reads JSON lines of model invocations; bodies only with --include-content",
    recognises: (record) => asObject(record)?.modelId !== undefined,
    normalise,
    content: contentOf,
  },
});
