export { type ContentCounts, ContentFile } from "./content/content-file.js";
export { REDACTED_KINDS, redactCall } from "./content/redact.js";
export { type IngestDeps, type Ingested, ingest } from "./ingest.js";
export { parseMapping } from "./mapping.js";
export { validateFiles } from "./validate-files.js";
export { type UsableEvent, validateEvent } from "./values/validate-event.js";
export { loadWatermarks, readAgainFrom } from "./watermarks.js";
export type { EventSummary, UnpricedModel } from "./writing/summarise.js";
