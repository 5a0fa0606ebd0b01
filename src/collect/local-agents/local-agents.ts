import type { Context } from "../../shared/context.js";
import type { CollectOptions, Collector } from "../contract.js";
import { agents } from "./agents.js";
import { SOURCE } from "./event.js";
import { readSessions } from "./read-sessions.js";
import { findPlaces, listSessionFiles, shortPath } from "./sessions.js";

const NOT_LOGGED = "Session files do not record it.";

export const localAgentsCollector: Collector = {
  id: SOURCE,
  summary: `Session files of coding agents on this machine: ${agents.map((agent) => agent.name).join(", ")}`,
  yields: ["requests"],
  environment: agents.flatMap((agent) => agent.environment),
  grants: ["Read access to the agents' session folders, as the user who runs TokenOp. No network, no key."],
  cannotFill: [
    {
      column: "latency_ms",
      reason: "Times in session files are when a line was written, not how long a call took.",
    },
    { column: "ttft_ms", reason: NOT_LOGGED },
    {
      column: "cost_usd",
      reason:
        "Session files hold no bill; under a subscription the list price is an equivalent, not money spent.",
    },
    { column: "region", reason: NOT_LOGGED },
    { column: "max_tokens", reason: NOT_LOGGED },
    { column: "quality_score", reason: NOT_LOGGED },
    { column: "retry_of", reason: NOT_LOGGED },
    { column: "batch", reason: NOT_LOGGED },
    { column: "prompt_hash", reason: "Message text is not read." },
    { column: "prefix_hashes", reason: "Message text is not read." },
  ],
  latenessHours: 0,
  settings: null,
  hosts: () => [],
  async detect(options, context) {
    const places = await countFiles(options, context);
    const found = places.filter((place) => place.files > 0);
    const lookedIn = places.map((place) => place.shown).join(", ");
    if (found.length === 0) return { found: false, summary: `no session files in ${lookedIn}` };
    const parts = found.map((place) => `${place.files} ${place.name} session file(s) in ${place.shown}`);
    return { found: true, summary: parts.join("; ") };
  },
  async explain(options, context) {
    const places = await countFiles(options, context);
    return [
      ...places.map(
        (place) => `reads ${place.shown}/**/*.jsonl (${place.name}; ${place.files} file(s) there now)`,
      ),
      ...agents.flatMap((agent) => [
        `fields of ${agent.name}:`,
        ...agent.fieldsRead.map((field) => `  ${field}`),
      ]),
      "No message text is read into an event, written or sent. Names of projects are replaced by a hash.",
      "Makes no network request.",
    ];
  },
  read: readSessions,
};

async function countFiles(options: CollectOptions, context: Context) {
  const places = await findPlaces(options, context);
  return Promise.all(
    places.map(async (place) => ({
      name: place.agent?.name ?? "agent told by its lines",
      shown: shortPath(place.path, context.homeDir),
      files: (await listSessionFiles(place, options)).length,
    })),
  );
}
