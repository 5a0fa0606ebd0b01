import { fileDocument, indexText, type Resource, type TerraformDocument, within } from "../resource.js";
import { isValues, type Value, type Values } from "../value.js";
import { listAt, textAt, valuesAt } from "./json.js";

/** `terraform show -json` of a state. */
export function readState(document: Values, file: string): TerraformDocument {
  const resources = [...shownResources(valuesAt(document.values, "root_module"))].map(
    (shown): Resource => ({ ...shown, source: file, kind: "state", status: "in_place" }),
  );
  return fileDocument({ file, kind: "state", resources: resources.length }, resources);
}

export type Shown = Omit<Resource, "source" | "kind" | "status">;

/** Managed resources of a module and of the modules in it, as `show` nests them. */
export function* shownResources(root: Values | null): Generator<Shown> {
  const waiting: (Values | null)[] = [root];
  while (waiting.length > 0) {
    const module = waiting.pop();
    if (module === null || module === undefined) continue;
    for (const resource of listAt(module, "resources")) {
      if (textAt(resource, "mode") !== "managed" || "deposed_key" in resource) continue;
      yield {
        address: textAt(resource, "address"),
        module: textAt(module, "address"),
        type: textAt(resource, "type"),
        name: textAt(resource, "name"),
        line: null,
        values: valuesAt(resource, "values") ?? {},
        providerRegion: null,
        copies: null,
      };
    }
    waiting.push(...listAt(module, "child_modules").toReversed());
  }
}

/** The file that Terraform keeps, version 4: one flat list, modules by name. */
export function readRawState(document: Values, file: string): TerraformDocument {
  const notes: string[] = [];
  const resources = listAt(document, "resources")
    .filter((resource) => textAt(resource, "mode") === "managed")
    .flatMap((resource) =>
      listAt(resource, "instances")
        .filter((instance) => !("deposed" in instance))
        .flatMap((instance) => rawResource(resource, instance, file, notes)),
    );
  const source = { file, kind: "state", resources: resources.length } as const;
  return fileDocument(source, resources, notes, textAt(document, "lineage") || null);
}

function rawResource(resource: Values, instance: Values, file: string, notes: string[]): Resource[] {
  const [type, name, module] = [
    textAt(resource, "type"),
    textAt(resource, "name"),
    textAt(resource, "module"),
  ];
  const address = within(module, `${type}.${name}${indexText(indexOf(instance.index_key))}`);
  const values = instance.attributes;
  if (!isValues(values)) {
    notes.push(`${file}: ${address} is written in an old form; terraform show -json reads it.`);
    return [];
  }
  return [
    {
      source: file,
      kind: "state",
      address,
      module,
      type,
      name,
      line: null,
      status: "in_place",
      values,
      providerRegion: null,
      copies: null,
    },
  ];
}

const indexOf = (key: Value | undefined): string | number | null =>
  typeof key === "string" || typeof key === "number" ? key : null;
