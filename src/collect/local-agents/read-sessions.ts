import type { RawBatch, RawRow, RepeatedLine } from "../../events/contract.js";
import type { Context } from "../../shared/context.js";
import { UsageError } from "../../shared/errors.js";
import { readLines } from "../../shared/lines.js";
import type { CollectOptions } from "../contract.js";
import type { Agent, ParsedRecord } from "./agent.js";
import { agents } from "./agents.js";
import { type CallIndex, createCallIndex, type LocatedCall } from "./call-index.js";
import { SOURCE, toEvent } from "./event.js";
import { parseRecord, RecordProblem } from "./fields.js";
import { recogniseAgent } from "./recognise.js";
import {
  describeFile,
  findPlaces,
  inReadingOrder,
  listSessionFiles,
  requireInputs,
  type SessionFile,
  shortPath,
} from "./sessions.js";

const BATCH_ROWS = 5_000;

/**
 * Reads every session file once, agent by agent. Problems and repeats come out with their file, calls at the end
 * of each agent's files: only then is it known which line of a call is the fullest.
 */
export async function* readSessions(options: CollectOptions, context: Context): AsyncGenerator<RawBatch> {
  await requireInputs(options);
  const filesByAgent = await assignFiles(options, context);
  for (const [agent, files] of filesByAgent) {
    yield* readAgent(agent, await inReadingOrder(files, agent.order), options, context);
  }
}

/** Throws `TOP-COLLECT-NONE` when there is no session file at all. */
async function assignFiles(
  options: CollectOptions,
  context: Context,
): Promise<ReadonlyMap<Agent, SessionFile[]>> {
  const filesByAgent = new Map<Agent, SessionFile[]>(agents.map((agent) => [agent, []]));
  const places = await findPlaces(options, context);
  let found = 0;
  let unknown = 0;
  for (const place of places) {
    for (const path of await listSessionFiles(place, options)) {
      const agent = place.agent ?? (await recogniseAgent(path, context.signal));
      found += 1;
      if (agent === null) unknown += 1;
      else filesByAgent.get(agent)!.push(describeFile(path, place.path, agent));
    }
  }
  if (unknown > 0) {
    context.log.warn(
      `Left out ${unknown} of ${found} .jsonl file(s): no line in them is of an agent known here.`,
    );
  }
  if (found > 0) return filesByAgent;
  throw new UsageError({
    code: "TOP-COLLECT-NONE",
    message: `No usage found for ${SOURCE}.`,
    found: `Looked in ${places.map((place) => shortPath(place.path, context.homeDir)).join(", ")}; no session file is there.`,
    fix: "Name the folder: tokenop discover --collectors local-agents --input-dir <folder>",
  });
}

async function* readAgent(
  agent: Agent,
  files: readonly SessionFile[],
  options: CollectOptions,
  context: Context,
): AsyncGenerator<RawBatch> {
  const parser = agent.createParser();
  const index = createCallIndex();
  for (const [position, file] of files.entries()) {
    context.log.progress(`reading ${agent.name}`, position / files.length, file.label);
    const parse = withoutEarlier(parser.openFile(), options.since);
    const { rows, repeated } = await readFile(agent, files, position, parse, index, context.signal);
    if (rows.length + repeated.length > 0) yield { kind: "rows", rows, repeated };
  }
  const kept = index.kept();
  for (let start = 0; start < kept.length; start += BATCH_ROWS) {
    const rows = kept.slice(start, start + BATCH_ROWS).map((located) => toRow(located, files, agent));
    yield { kind: "rows", rows, repeated: [] };
  }
}

type ParseRecord = ReturnType<ReturnType<Agent["createParser"]>["openFile"]>;

function withoutEarlier(parse: ParseRecord, since: Date | null): ParseRecord {
  if (since === null) return parse;
  const sinceMs = since.getTime();
  return (record) => {
    const parsed = parse(record);
    const tsMs =
      parsed.kind === "call" ? parsed.call.tsMs : parsed.kind === "repeated" ? parsed.tsMs : sinceMs;
    return tsMs < sinceMs ? { kind: "other" } : parsed;
  };
}

/** Puts the file's calls into the index; what is wrong or repeated comes back at once. */
async function readFile(
  agent: Agent,
  files: readonly SessionFile[],
  position: number,
  parse: ParseRecord,
  index: CallIndex,
  signal: AbortSignal,
): Promise<{ rows: RawRow[]; repeated: RepeatedLine[] }> {
  const file = files[position]!;
  const rows: RawRow[] = [];
  const repeated: RepeatedLine[] = [];
  try {
    for await (const line of readLines(file.path, { signal })) {
      if (line.text !== null && cannotMatter(line.text, agent)) continue;
      const parsed = parseSafely(parse, () => parseRecord(line));
      if (parsed.kind === "problem")
        rows.push({ file: file.label, line: line.line, problem: parsed.problem });
      if (parsed.kind === "repeated") repeated.push({ file: file.label, line: line.line });
      if (parsed.kind !== "call") continue;
      const lost = index.add({ call: parsed.call, file: position, line: line.line });
      if (lost !== null) repeated.push({ file: files[lost.file]!.label, line: lost.line });
    }
  } catch (error) {
    signal.throwIfAborted();
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === undefined) throw error;
    const problem = { code: "unreadable_file", field: null, message: `cannot be read (${reason}).` } as const;
    rows.push({ file: file.label, line: 1, problem });
  }
  return { rows, repeated };
}

function parseSafely(parse: ParseRecord, load: () => ReturnType<typeof parseRecord>): ParsedRecord {
  try {
    const record = load();
    return record === null ? { kind: "other" } : parse(record);
  } catch (error) {
    if (error instanceof RecordProblem) return { kind: "problem", problem: error.problem };
    throw error;
  }
}

/** Most lines hold conversation. Those are not parsed, unless they are visibly broken and must be reported. */
function cannotMatter(text: string, agent: Agent): boolean {
  return text.startsWith("{") && text.endsWith("}") && !agent.markers.some((marker) => text.includes(marker));
}

function toRow(located: LocatedCall, files: readonly SessionFile[], agent: Agent): RawRow {
  const file = files[located.file]!;
  return {
    file: file.label,
    line: located.line,
    event: toEvent(located.call, file, agent.id, located.line),
    suppliedId: located.call.id !== null,
  };
}
