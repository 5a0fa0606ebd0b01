import type { Status } from "../../../serving/contract.js";
import { fileDocument, type Resource, type TerraformDocument, within, withoutIndex } from "../resource.js";
import { isList, isValues, Unknown, type Value, type Values } from "../value.js";
import { listAt, textAt, valuesAt } from "./json.js";
import { shownResources } from "./state.js";

const AFTER_APPLY = "known only after apply";

/**
 * `terraform show -json` of a plan: what would stand after it, and what it takes away. What a plan cannot know yet is
 * unknown, with the resources that it will come from.
 */
export function readPlan(document: Values, file: string): TerraformDocument {
  const changes = listAt(document, "resource_changes").filter(
    (change) => textAt(change, "mode") === "managed" && !("deposed" in change),
  );
  const byAddress = new Map(changes.map((change) => [textAt(change, "address"), change]));
  const written = configuration(document);
  const standing = [...shownResources(valuesAt(document.planned_values, "root_module"))].map(
    (shown): Resource => {
      const change = valuesAt(byAddress.get(shown.address), "change");
      const { expressions, region } = written(shown.module, withoutIndex(shown.address));
      return {
        ...shown,
        source: file,
        kind: "plan",
        status: actionsOf(change).join() === "create" ? "planned" : "in_place",
        values: marked(shown.values, valuesAt(change, "after_unknown"), expressions, shown.module),
        providerRegion: region,
      };
    },
  );
  const leaving = changes.flatMap((change) => leavingResource(change, file));
  const resources = [...standing, ...leaving];
  const source = { file, kind: "plan", resources: resources.length } as const;
  return fileDocument(source, resources, notesOf(document, file));
}

function notesOf(document: Values, file: string): string[] {
  return document.errored === true
    ? [`${file}: the plan ended in an error, so it may not hold everything.`]
    : [];
}

function actionsOf(change: Values | null): string[] {
  const actions = change?.actions;
  return isList(actions) ? actions.filter((action) => typeof action === "string") : [];
}

function leavingResource(change: Values, file: string): Resource[] {
  const before = valuesAt(change.change, "before");
  if (actionsOf(valuesAt(change, "change")).join() !== "delete" || before === null) return [];
  const status: Status = "leaving";
  return [
    {
      source: file,
      kind: "plan",
      address: textAt(change, "address"),
      module: textAt(change, "module_address"),
      type: textAt(change, "type"),
      name: textAt(change, "name"),
      line: null,
      status,
      values: before,
      providerRegion: null,
      copies: null,
    },
  ];
}

/** Puts an unknown in place of each value that `after_unknown` marks, at any depth. */
function marked(values: Values, unknown: Values | null, expressions: Value, module: string): Values {
  if (unknown === null) return values;
  const names = new Set([...Object.keys(values), ...Object.keys(unknown)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      markedValue(values[name] ?? null, unknown[name] ?? null, part(expressions, name), module),
    ]),
  );
}

function markedValue(value: Value, unknown: Value, expressions: Value, module: string): Value {
  if (unknown === true) return new Unknown(AFTER_APPLY, referencesOf(expressions, module));
  if (isValues(unknown)) return marked(isValues(value) ? value : {}, unknown, expressions, module);
  if (!isList(unknown)) return value;
  const items = isList(value) ? value : [];
  const length = Math.max(items.length, unknown.length);
  return Array.from({ length }, (_, index) =>
    markedValue(items[index] ?? null, unknown[index] ?? null, part(expressions, index), module),
  );
}

const part = (expressions: Value, key: string | number): Value =>
  isList(expressions)
    ? (expressions[typeof key === "number" ? key : 0] ?? null)
    : isValues(expressions)
      ? (expressions[key] ?? null)
      : null;

/** `aws_launch_template.gpu.id` stands beside `aws_launch_template.gpu`; both name the resource. */
function referencesOf(expressions: Value, module: string): string[] {
  const references = isValues(expressions) ? expressions.references : null;
  return isList(references)
    ? references.flatMap((reference) => (typeof reference === "string" ? within(module, reference) : []))
    : [];
}

interface Written {
  readonly expressions: Value;
  /** Of the resource's provider. */
  readonly region: string | null;
}

/** Expressions and provider of a resource, by the plan's copy of the configuration. */
function configuration(document: Values): (module: string, address: string) => Written {
  const found = new Map<string, Values>();
  const walk = (module: Values | null, path: string): void => {
    for (const resource of listAt(module, "resources")) {
      found.set(within(path, textAt(resource, "address")), resource);
    }
    const calls = valuesAt(module, "module_calls") ?? {};
    for (const [name, call] of Object.entries(calls)) {
      walk(valuesAt(call, "module"), within(path, `module.${name}`));
    }
  };
  walk(valuesAt(document.configuration, "root_module"), "");
  const regions = providerRegions(document);
  return (module, address) => {
    const plain = within(withoutIndexes(module), address.slice(module === "" ? 0 : module.length + 1));
    const resource = found.get(plain);
    return {
      expressions: resource?.expressions ?? null,
      region: regions.get(textAt(resource, "provider_config_key")) ?? null,
    };
  };
}

const withoutIndexes = (module: string): string => module.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "");

/** Regions that providers are set to: a constant, or a variable of the root. */
function providerRegions(document: Values): Map<string, string> {
  const providers = valuesAt(document.configuration, "provider_config") ?? {};
  const variables = valuesAt(document, "variables");
  const regions = new Map<string, string>();
  for (const [key, provider] of Object.entries(providers)) {
    const region = valuesAt(valuesAt(provider, "expressions"), "region");
    const references = region?.references;
    const variable = isList(references)
      ? /^var\.([\w-]+)$/.exec(String(references[0] ?? ""))?.[1]
      : undefined;
    const value =
      variable === undefined
        ? textAt(region ?? null, "constant_value")
        : textAt(valuesAt(variables, variable), "value");
    if (value !== "") regions.set(key, value);
  }
  return regions;
}
