import { rm } from "node:fs/promises";
import { type FileScan, scanFile } from "../reading/scan-file.js";
import { writeCleanCopy } from "./clean-copy.js";
import { judgeUnsure } from "./judge-unsure.js";
import { loadSlowly } from "./load-slowly.js";
import { discard, type LoadedGroup, loadFast } from "./read-group.js";
import { isUnreadable, type PlannedFile, type Staging } from "./staging.js";

// Above both, reading a file once from top to bottom beats looking up its unsure rows one by one.
const UNSURE_ROWS = 100_000;
const UNSURE_SHARE = 0.2;

/**
 * Stages a group of files of one shape through the engine, and believes it file by file: where its rows do not add
 * up to the records that the byte scan counted, the file is read again by the slow reader.
 */
export async function loadGroup(group: readonly PlannedFile[], staging: Staging): Promise<void> {
  const [loaded, scans] = await Promise.all([loadFast(group, staging), scanAll(group, staging)]);
  for (const { staged } of group) staged.sha256 = scans.get(staged.index)?.sha256 ?? null;
  await settle(group, loaded, scans, staging);
}

type Scans = ReadonlyMap<number, FileScan>;

async function settle(
  group: readonly PlannedFile[],
  loaded: LoadedGroup | null,
  scans: Scans,
  staging: Staging,
): Promise<void> {
  if (loaded !== null && group.every((planned) => addsUp(planned, loaded, scans))) {
    return accept(group, loaded, scans, staging);
  }
  if (loaded !== null) await discard(loaded);
  if (group.length === 1)
    return loadOdd(group[0]!, loaded, scans.get(group[0]!.staged.index) ?? null, staging);
  for (const part of split(group, loaded, scans)) {
    await settle(part, await loadFast(part, staging), scans, staging);
  }
}

// Below this a clean copy costs more than it saves.
const CLEAN_COPY_BYTES = 4 * 1024 * 1024;

/** One file that did not add up: a large one through a clean copy, any other record by record. */
async function loadOdd(
  planned: PlannedFile,
  loaded: LoadedGroup | null,
  scan: FileScan | null,
  staging: Staging,
): Promise<void> {
  const { file, staged } = planned;
  const isTrippingEngine = loaded === null || scan?.plain === false || !countsAgree(planned, loaded, scan);
  const isWorthCopying = scan !== null && file.format !== "parquet" && file.bytes > CLEAN_COPY_BYTES;
  if (planned.cleanCopy !== undefined || !isTrippingEngine || !isWorthCopying) {
    return loadSlowly(planned, scan, staging);
  }
  const { path, records } = await writeCleanCopy(planned, staging);
  // Where quotes are odd, the scan's places in a CSV file are guesses.
  const checkpoints = file.format === "csv" ? [] : scan.checkpoints;
  const scans = new Map([[staged.index, { ...scan, records, checkpoints, plain: true }]]);
  const clean = [{ ...planned, cleanCopy: path }];
  await settle(clean, await loadFast(clean, staging), scans, staging);
  await rm(path, { force: true });
}

/** Runs of good files and single odd ones; halves where the engine failed without saying on which file. */
function split(
  group: readonly PlannedFile[],
  loaded: LoadedGroup | null,
  scans: Scans,
): (readonly PlannedFile[])[] {
  const isOdd = (planned: PlannedFile): boolean =>
    loaded === null ? !isPlain(planned, scans) : !addsUp(planned, loaded, scans);
  if (!group.some(isOdd)) {
    const middle = Math.ceil(group.length / 2);
    return [group.slice(0, middle), group.slice(middle)];
  }
  const parts: PlannedFile[][] = [];
  let run: PlannedFile[] = [];
  for (const planned of group) {
    if (isOdd(planned)) {
      if (run.length > 0) parts.push(run);
      parts.push([planned]);
      run = [];
    } else run.push(planned);
  }
  if (run.length > 0) parts.push(run);
  return parts;
}

const isPlain = ({ staged }: PlannedFile, scans: Scans): boolean => scans.get(staged.index)?.plain === true;

function addsUp(planned: PlannedFile, loaded: LoadedGroup, scans: Scans): boolean {
  const scan = scans.get(planned.staged.index);
  if (scan === undefined || !scan.plain) return false;
  const { rows = 0, unsure = 0 } = loaded.files.get(planned.staged.index) ?? {};
  if (planned.file.format === "parquet") return true;
  return countsAgree(planned, loaded, scan) && !(unsure > UNSURE_ROWS && unsure > rows * UNSURE_SHARE);
}

const countsAgree = ({ staged }: PlannedFile, { files }: LoadedGroup, scan: FileScan | null): boolean =>
  (files.get(staged.index)?.rows ?? 0) === scan?.records;

async function accept(
  group: readonly PlannedFile[],
  loaded: LoadedGroup,
  scans: Scans,
  staging: Staging,
): Promise<void> {
  const hasUnsure = [...loaded.files.values()].some(({ unsure }) => unsure > 0);
  const { part: written } = loaded;
  const settled =
    hasUnsure && written.path !== null
      ? { path: await judgeUnsure(group, written.path, firstRows(loaded), scans, staging) }
      : written;
  const part = await staging.area.addPart(settled);
  for (const { staged, file } of group) {
    const found = loaded.files.get(staged.index);
    staged.part = part;
    staged.firstRow = found?.first_row ?? 0;
    if (found === undefined) staging.warnings.push(`${file.label} holds no record.`);
  }
}

const firstRows = ({ files }: LoadedGroup): ReadonlyMap<number, number> =>
  new Map([...files].map(([index, { first_row: firstRow }]) => [index, firstRow]));

async function scanAll(group: readonly PlannedFile[], { context }: Staging): Promise<Scans> {
  const scans = new Map<number, FileScan>();
  for (const { file, staged, shape } of group) {
    try {
      scans.set(staged.index, await scanFile(file, context.signal, shape.header?.delimiter ?? null));
    } catch (error) {
      // The slow reader meets the same fault, and reports it at the line where it lies.
      if (!isUnreadable(error)) throw error;
    }
  }
  return scans;
}
