import type { InventorySource, Status } from "../../serving/contract.js";
import type { Unknown, Values } from "./value.js";

/** One managed resource as a source states it; copies by count and for_each are resources of their own. */
export interface Resource {
  readonly source: string;
  readonly kind: InventorySource["kind"];
  readonly address: string;
  /** Address of the module instance that it stands in; "" for the root. */
  readonly module: string;
  readonly type: string;
  readonly name: string;
  /** In the source, from 1; null for JSON. */
  readonly line: number | null;
  readonly status: Status;
  readonly values: Values;
  /** Region of its provider's configuration, where the source shows it. */
  readonly providerRegion: string | null;
  /** Why the number of copies is not known; null where this is one of a known number. */
  readonly copies: Unknown | null;
}

/** What one file, or one folder of .tf files, states. */
export interface TerraformDocument {
  readonly source: InventorySource;
  readonly resources: readonly Resource[];
  readonly notes: readonly string[];
  /** Folder of the file, relative to the folder that was searched; "." for itself. */
  readonly folder: string;
  /** What Terraform calls this state through all its versions; null where the document does not say. */
  readonly lineage: string | null;
}

const folderOf = (file: string): string => file.replace(/(^|\/)[^/]*$/, "") || ".";

/** A document that is one file. */
export function fileDocument(
  source: InventorySource,
  resources: readonly Resource[],
  notes: readonly string[] = [],
  lineage: string | null = null,
): TerraformDocument {
  return { source, resources, notes, folder: folderOf(source.file), lineage };
}

/** `aws_instance.gpu[0]` and `aws_instance.gpu["a"]` are copies of `aws_instance.gpu`. */
export const withoutIndex = (address: string): string =>
  address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]$/, "");

export const within = (module: string, address: string): string =>
  module === "" ? address : `${module}.${address}`;

/** As Terraform writes an index: a number for count, a quoted key for for_each. */
export function indexText(index: string | number | null | undefined): string {
  if (index === null || index === undefined) return "";
  return typeof index === "number" ? `[${index}]` : `[${JSON.stringify(index)}]`;
}

/** Items by a key of theirs, in their order. */
export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
