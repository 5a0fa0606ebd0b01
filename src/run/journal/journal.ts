import { closeSync, fsync, fsyncSync, openSync, writeSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../../shared/errors.js";
import { CONTENT_MODE } from "../../shared/workspace.js";
import type { ModelAnswer, ModelCall } from "../contract.js";
import type { BatchLog, SentBatch } from "../executors/batch/contract.js";
import { callKey } from "../inputs/samples.js";
import { fromStored, storedAnswerSchema, toStored } from "./answer-file.js";

const headerSchema = z.strictObject({ kind: z.literal("run"), version: z.literal(1), identity: z.string() });
const entrySchema = z.strictObject({
  kind: z.literal("answer"),
  sample_id: z.string(),
  provider: z.string(),
  model: z.string(),
  part: z.string().optional(),
  answer: storedAnswerSchema,
});
const batchSchema = z.strictObject({
  kind: z.literal("batch"),
  token: z.string(),
  provider: z.string(),
  model: z.string(),
  sent_at: z.string(),
  requests: z.array(z.string()),
});
const batchNameSchema = z.strictObject({ kind: z.literal("batch_name"), token: z.string(), id: z.string() });
const lineSchema = z.discriminatedUnion("kind", [entrySchema, batchSchema, batchNameSchema]);

/** The answers of one run on disk: append-only JSON lines, owner-only, each written before it is graded. */
export interface Journal {
  readonly path: string;
  /** Answer of an earlier process of this run that must not be paid again. */
  find(call: ModelCall): ModelAnswer | undefined;
  append(call: ModelCall, answer: ModelAnswer): void;
  /** Batches that were sent, so that none is sent or paid twice. */
  readonly batches: BatchLog;
  close(): void;
}

export interface JournalOptions {
  /** `workspace.journal`. */
  readonly folder: string;
  /** Hash of everything that the answers and their use depend on (`runIdentity`). */
  readonly identity: string;
  readonly resume: boolean;
  /** Has the disk keep each answer, for calls that cost money; a kill alone loses nothing either way. */
  readonly durable: boolean;
}

const NAME = /^run-(\d{6})\.jsonl$/;

/**
 * Starts a new journal, or with `resume` continues the latest one. A last line that a kill cut short is dropped.
 *
 * @throws UsageError TOP-RUN-RESUME-NONE (nothing to resume), TOP-RUN-RESUME-OTHER (the latest run had other inputs),
 * TOP-RUN-JOURNAL (a line in the middle is damaged).
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const numbers = (await readdir(options.folder)).map((name) => Number(NAME.exec(name)?.[1] ?? 0));
  const latest = Math.max(0, ...numbers);
  const known: Known = { answers: new Map(), batches: new Map() };
  const path = journalPath(options.folder, options.resume ? latest : latest + 1);
  if (options.resume) {
    if (latest === 0) throw nothingToResume();
    await restore(path, options.identity, known);
    await chmod(path, CONTENT_MODE);
  }
  // "wx" refuses to share a file with a run that started at the same moment.
  const file = openSync(path, options.resume ? "a" : "wx", CONTENT_MODE);
  const disk = diskOf(file);
  const write = (line: unknown): void => {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    if (options.durable) disk.keep();
  };
  if (!options.resume) write({ kind: "run", version: 1, identity: options.identity });
  return {
    path,
    find: (call) => known.answers.get(callKey(call)),
    append: (call, answer) => {
      const { sampleId: sample_id, provider, model, part } = call;
      write({ kind: "answer", sample_id, provider, model, part, answer: toStored(answer) });
    },
    batches: {
      earlier: [...known.batches.values()],
      sending: ({ token, provider, model, sentAt: sent_at, requests }) =>
        write({ kind: "batch", token, provider, model, sent_at, requests }),
      named: (token, id) => write({ kind: "batch_name", token, id }),
    },
    close: () => disk.close(),
  };
}

interface Known {
  readonly answers: Map<string, ModelAnswer>;
  /** By token. */
  readonly batches: Map<string, SentBatch>;
}

/**
 * Has the disk keep what was written, one request at a time: answers that arrive together share one, and no answer
 * waits for it. A power cut can lose the last few milliseconds, which are paid again; whatever was closed is safe.
 */
function diskOf(file: number): { keep(): void; close(): void } {
  let isBusy = false;
  let isDirty = false;
  let isClosing = false;
  const keep = (): void => {
    isDirty = true;
    if (isBusy) return;
    isBusy = true;
    isDirty = false;
    fsync(file, () => {
      isBusy = false;
      if (isClosing) closeSync(file);
      else if (isDirty) keep();
    });
  };
  const close = (): void => {
    if (isDirty) fsyncSync(file);
    isClosing = true;
    if (!isBusy) closeSync(file);
  };
  return { keep, close };
}

function journalPath(folder: string, number: number): string {
  return join(folder, `run-${String(number).padStart(6, "0")}.jsonl`);
}

async function restore(path: string, identity: string, known: Known): Promise<void> {
  const bytes = await readFile(path);
  const complete = bytes.lastIndexOf(0x0a) + 1;
  if (complete < bytes.length) await truncate(path, complete);
  const lines = bytes.subarray(0, complete).toString("utf8").split("\n").slice(0, -1);
  const header = headerSchema.safeParse(parseOrNull(lines[0] ?? ""));
  if (!header.success) throw lines.length === 0 ? nothingToResume() : damaged(1);
  if (header.data.identity !== identity) throw otherInputs();
  for (const [index, line] of lines.slice(1).entries()) {
    const entry = lineSchema.safeParse(parseOrNull(line));
    if (!entry.success) throw damaged(index + 2);
    take(entry.data, known);
  }
}

function take(entry: z.infer<typeof lineSchema>, { answers, batches }: Known): void {
  if (entry.kind === "batch") {
    const { kind: _, sent_at: sentAt, ...batch } = entry;
    batches.set(batch.token, { ...batch, sentAt, id: null });
  } else if (entry.kind === "batch_name") {
    const batch = batches.get(entry.token);
    if (batch !== undefined) batches.set(entry.token, { ...batch, id: entry.id });
  } else {
    const { sample_id: sampleId, answer, ...call } = entry;
    // A refused or broken call was not billed, so it is asked again; a timeout may have been.
    if (answer.status !== "error") answers.set(callKey({ sampleId, ...call }), fromStored(answer));
  }
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function nothingToResume(): UsageError {
  return new UsageError({
    code: "TOP-RUN-RESUME-NONE",
    message: "There is no run to resume in this workspace.",
    found: "The journal is empty.",
    fix: "Start one: run the same command without --resume",
  });
}

function otherInputs(): UsageError {
  return new UsageError({
    code: "TOP-RUN-RESUME-OTHER",
    message: "The latest run in this workspace had other inputs, so it cannot be resumed with these.",
    found:
      "Plan, samples, models, margin, alpha, seed, population, sample size, early stopping, allocation or --batch differ.",
    fix: "Resume with the same files and flags (budget and concurrency may change), or leave --resume out.",
  });
}

function damaged(line: number): UsageError {
  return new UsageError({
    code: "TOP-RUN-JOURNAL",
    message: `The journal of the latest run is damaged at line ${line}.`,
    found: "Only a last line that was cut short can be repaired.",
    fix: "Start again without --resume; answers in the response cache are not paid again.",
  });
}
