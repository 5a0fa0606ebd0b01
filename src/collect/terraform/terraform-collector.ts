import type { Inventory } from "../../serving/contract.js";
import { UsageError } from "../../shared/errors.js";
import type { CollectOptions, Collector } from "../contract.js";
import { findFiles, type TerraformFile } from "./find-files.js";
import { readTerraform } from "./inventory.js";
import { readFiles } from "./read-files.js";
import { readTypes } from "./resources/registry.js";

/** GPUs, managed endpoints and serving containers, from states, plans and configuration of Terraform. */
export const terraformCollector: Collector = {
  id: "terraform",
  summary: "GPUs, managed endpoints and serving containers in Terraform states, plans and .tf files",
  yields: ["inventory"],
  environment: [],
  grants: ["Read access to the Terraform files; no cloud, no backend and no Terraform command is asked."],
  cannotFill: [],
  latenessHours: 0,
  settings: null,
  hosts: () => [],

  async detect(options) {
    const { files } = await found(options);
    if (files.length > 0) return { found: true, summary: countsOf(files) };
    return { found: false, summary: `no Terraform file in ${options.searchDir ?? options.workspaceDir}` };
  },

  async explain(options) {
    const { files } = await found(options);
    return [
      ...files.map((file) => `read ${file.path} (${describedKind(file)}, ${file.bytes} bytes)`),
      ...(files.some(({ kind }) => kind === "hcl")
        ? ["read YAML and JSON files below the folder that a chart's values name with file()"]
        : []),
      `look only at these resource types: ${readTypes.join(", ")}`,
      "keep of them only named attributes and options; values of variables, environments and sensitive blocks are dropped",
    ];
  },

  async *read() {},

  async inventory(options, context): Promise<Inventory> {
    const chosen = await findFiles(options);
    const { documents, notes, faults } = await readFiles(chosen);
    if (documents.length === 0 && options.inputs.length > 0) throw faults[0] ?? nothingToRead(options);
    const inventory = readTerraform(documents);
    const all = [...notes, ...inventory.notes];
    for (const note of all) context.log.warn(note);
    return { ...inventory, notes: all };
  },
};

const found = (options: CollectOptions): Promise<{ readonly files: readonly TerraformFile[] }> =>
  findFiles(options).catch(() => ({ files: [] }));

function describedKind({ kind, label }: TerraformFile): string {
  if (kind === "hcl") return label.endsWith(".tfvars") ? "values of variables" : "configuration";
  return kind === "state" ? "state" : "state or plan, where Terraform wrote it";
}

function countsOf(files: readonly TerraformFile[]): string {
  const written = files.filter(({ kind }) => kind === "hcl").length;
  const shown = files.length - written;
  const parts = [
    ...(shown > 0 ? [`${shown} state or plan file(s)`] : []),
    ...(written > 0 ? [`${written} configuration file(s)`] : []),
  ];
  return parts.join(" and ");
}

function nothingToRead({ inputs }: CollectOptions): UsageError {
  return new UsageError({
    code: "TOP-TERRAFORM-NONE",
    message: `Nothing that Terraform wrote at ${inputs.join(", ")}.`,
    found: "Read are .tf, .tfvars and .tfstate files, and the JSON of terraform show -json.",
    fix: "Write a state down: terraform show -json > state.json",
  });
}
