import { readFileSync, statSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { describeFileFault, TokenOpError } from "../../shared/errors.js";
import { readConfiguration } from "./configuration/read.js";
import { kindOfJson, parseJson } from "./documents/json.js";
import { readPlan } from "./documents/plan.js";
import { readRawState, readState } from "./documents/state.js";
import type { FoundFiles, TerraformFile } from "./find-files.js";
import type { TerraformDocument } from "./resource.js";
import { isValues } from "./value.js";

/** Larger documents are left out, with a note: they would not fit in memory as one value. */
export const LARGEST_JSON = 256 * 1024 * 1024;
/** Larger .tf files are generated ones. */
export const LARGEST_HCL = 8 * 1024 * 1024;

/** Files beside the configuration that `file()` may read: values of charts. */
const VALUE_FILES = /\.(ya?ml|json)$/;
const LARGEST_VALUES = 1024 * 1024;

/** Enough of a JSON file to see whether Terraform wrote it. */
const HEAD_BYTES = 4096;

export interface ReadFiles {
  /** States, then plans, then configuration; by name within each. */
  readonly documents: readonly TerraformDocument[];
  readonly notes: readonly string[];
  /** What is wrong with files that were left out, for a user who named nothing else. */
  readonly faults: readonly TokenOpError[];
}

/** Reads what was found. A broken file is left out with a note of file and line, and the others are read. */
export async function readFiles({ root, files, notes: found }: FoundFiles): Promise<ReadFiles> {
  const notes = [...found];
  const faults: TokenOpError[] = [];
  /** null, with a note, for a file that is broken or that the file system refuses. */
  const noted = async <T>(file: TerraformFile, read: () => Promise<T | null>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      const refused = describeFileFault(error);
      if (!(error instanceof TokenOpError) && refused === null) throw error;
      if (error instanceof TokenOpError) faults.push(error);
      const fault = error instanceof TokenOpError ? error.message : `${file.label}: ${refused}`;
      notes.push(`${fault.replace(/\.$/, "")}; the file is left out.`);
      return null;
    }
  };
  const documents: TerraformDocument[] = [];
  for (const file of files.filter(({ kind }) => kind !== "hcl")) {
    const document = await noted(file, () => readJsonFile(file, notes));
    if (document !== null) documents.push(document);
  }
  const written = files.filter(({ kind, bytes }) => kind === "hcl" && bytes <= LARGEST_HCL);
  const texts = await Promise.all(
    written.map((file) =>
      noted(file, async () => ({
        file: file.label,
        folder: file.folder,
        text: await readFile(file.path, "utf8"),
      })),
    ),
  );
  notes.push(...tooLarge(files.filter(({ kind, bytes }) => kind === "hcl" && bytes > LARGEST_HCL)));
  try {
    const readable = texts.filter((text) => text !== null);
    if (readable.length > 0) documents.push(...(await readConfiguration(readable, besideRoot(root))));
  } catch (error) {
    // What is nested without end runs out of stack; the other documents are still worth reading.
    if (error instanceof RangeError) notes.push("Expressions are nested too deeply; no .tf file was read.");
    else if (!(error instanceof TokenOpError)) throw error;
    else {
      faults.push(error);
      notes.push(`${error.message} ${error.fix ?? ""}`.trim());
    }
  }
  return { documents: documents.toSorted((left, right) => rankOf(left) - rankOf(right)), notes, faults };
}

const rankOf = ({ source: { kind } }: TerraformDocument): number =>
  ["state", "plan", "configuration"].indexOf(kind);

const tooLarge = (files: readonly TerraformFile[]): string[] =>
  files.map(
    ({ label, bytes }) =>
      `${label}: ${Math.round(bytes / 1024 / 1024)} MiB is more than is read; it is left out.`,
  );

/** null for JSON that Terraform did not write. */
async function readJsonFile(file: TerraformFile, notes: string[]): Promise<TerraformDocument | null> {
  if (file.kind === "json" && !(await looksWritten(file.path))) return null;
  if (file.bytes > LARGEST_JSON) {
    notes.push(...tooLarge([file]));
    return null;
  }
  const value = parseJson(await readFile(file.path, "utf8"), file.label);
  const kind = kindOfJson(value, file.label);
  if (kind === null || !isValues(value)) return null;
  if (kind === "plan") return readPlan(value, file.label);
  return kind === "state" ? readState(value, file.label) : readRawState(value, file.label);
}

/** Terraform puts its versions first. */
async function looksWritten(path: string): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return /"(format_version|terraform_version)"/.test(buffer.toString("utf8", 0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** Reads a values file that configuration names, if it lies within the folder that is searched. */
function besideRoot(root: string): (path: string) => string | null {
  return (path) => {
    const full = resolve(root, path);
    if (!full.startsWith(`${resolve(root)}${sep}`) || !VALUE_FILES.test(full)) return null;
    const info = statSync(full, { throwIfNoEntry: false });
    return info?.isFile() && info.size <= LARGEST_VALUES ? readFileSync(full, "utf8") : null;
  };
}
