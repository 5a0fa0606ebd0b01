import type { RawBatch, SourceFile } from "../../events/contract.js";
import type { Context } from "../../shared/context.js";
import { UsageError } from "../../shared/errors.js";
import type { CollectOptions, Collector } from "../contract.js";
import { expandInputs, type FoundFile, filesIn } from "../inputs/expand-inputs.js";
import { ownPaths } from "../inputs/own-files.js";
import { formatByName, isWholeDocument, KNOWN_ENDINGS, mentions, type NamedFormat } from "./formats.js";

const OWN = "written by TokenOp in this workspace";
const TERRAFORM = "a file of Terraform, which the terraform collector reads";

// More names than this in one warning help nobody.
const NAMES_SHOWN = 10;

/** Events in files: exports of a gateway or warehouse, another workspace's events, traces. */
export const filesCollector: Collector = {
  id: "files",
  summary: `Usage records in files: ${KNOWN_ENDINGS}`,
  yields: ["requests"],
  environment: [],
  grants: ["Read access to the files and folders that are named; nothing else is opened."],
  cannotFill: [],
  latenessHours: 0,
  settings: null,
  hosts: () => [],

  async detect(options) {
    if (options.inputs.length > 0) return { found: true, summary: `${options.inputs.length} input(s) named` };
    const { files } = await choose(options).catch(() => ({ files: [] }));
    const found = files.length > 0;
    return {
      found,
      summary: found ? `${files.length} file(s) in the folder` : `no export in ${searchDir(options)}`,
    };
  },

  async explain(options) {
    const { files } = await choose(options);
    return files.map((file) => `read ${file.path} (${file.format}, ${file.bytes} bytes)`);
  },

  async *read(options, context): AsyncGenerator<RawBatch> {
    const { files, skipped } = await choose(options);
    // Where nothing was named, every collector has looked for its own.
    const mine = skipped.filter(({ reason }) => options.inputs.length > 0 || reason !== TERRAFORM);
    warnSkipped(mine, context);
    if (files.length === 0 && options.inputs.length > 0) throw nothingReadable(options, skipped);
    if (files.length > 0) yield { kind: "files", files, mapping: options.mapping };
  },
};

const searchDir = (options: CollectOptions): string => options.searchDir ?? options.workspaceDir;

interface Choice {
  readonly files: readonly SourceFile[];
  readonly skipped: readonly { readonly label: string; readonly reason: string }[];
}

async function choose(options: CollectOptions): Promise<Choice> {
  const found =
    options.inputs.length > 0 ? await expandInputs(options.inputs) : await filesIn(searchDir(options));
  const own = [...ownPaths(options.workspaceDir)];
  const files: SourceFile[] = [];
  const skipped: { label: string; reason: string }[] = [];
  for (const file of found) {
    const isOwn = !file.named && own.some((path) => file.path === path || file.path.startsWith(`${path}/`));
    const named = formatByName(file.path);
    const reason = isOwn ? OWN : await reasonToSkip(file, named, options);
    if (reason !== null) skipped.push({ label: file.label, reason });
    else files.push(sourceFile(file, named!));
  }
  return { files, skipped };
}

function sourceFile({ path, label, bytes }: FoundFile, { format, compression }: NamedFormat): SourceFile {
  return { path, label, format, compression, bytes, source: "files" };
}

async function reasonToSkip(
  file: FoundFile,
  named: NamedFormat | null,
  { inputs, mapping }: CollectOptions,
): Promise<string | null> {
  if (file.fault !== null) return file.fault;
  if (named === null) return /\.(tf|tfvars|tfstate)$/.test(file.path) ? TERRAFORM : "not a known format";
  if (await isWholeDocument(file.path)) return "one JSON document, not one object a line";
  if (inputs.length > 0) return null;
  // Nobody asked for this file, so it must show that it holds usage before its lines can count as rejected.
  const columns = ["model", "input_tokens"] as const;
  const wanted = columns.filter((column) => mapping.set[column] === undefined);
  const names = wanted.map((column) => mapping.map[column] ?? column);
  return (await mentions(file.path, named, names)) ? null : `does not mention ${names.join(" and ")}`;
}

function warnSkipped(skipped: Choice["skipped"], context: Context): void {
  const reasons = new Map<string, string[]>();
  for (const { label, reason } of skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), label]);
  // Nobody takes these for input, and after a few stages there are many.
  reasons.delete(OWN);
  for (const [reason, labels] of reasons) {
    const more = labels.length > NAMES_SHOWN ? ` and ${labels.length - NAMES_SHOWN} more` : "";
    context.log.warn(`Skipped ${labels.slice(0, NAMES_SHOWN).join(", ")}${more}: ${reason}.`);
  }
}

function nothingReadable(options: CollectOptions, skipped: Choice["skipped"]): UsageError {
  return new UsageError({
    code: "TOP-COLLECT-FORMAT",
    message: `No file that can be read in ${options.inputs.join(", ")}.`,
    found: skipped
      .slice(0, NAMES_SHOWN)
      .map(({ label, reason }) => `${label}: ${reason}`)
      .join("; "),
    fix: `Endings that are read: ${KNOWN_ENDINGS}.`,
  });
}
