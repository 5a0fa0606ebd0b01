import { lineOf, locateHcl } from "../../hcl/edit-tree.js";
import type { TerraformFolder } from "../contract.js";
import { onOneLine } from "../guard.js";
import type { Draft, Resource } from "./draft.js";

/** An address as Terraform writes it, taken apart; instance keys are left out. */
export interface Address extends Resource {
  readonly modules: readonly string[];
}

/** null where a text is no address of a managed resource. */
export function addressOf(text: string): Address | null {
  const steps = text
    .replaceAll(/\[[^\]]*\]/g, "")
    .split(".")
    .map((step) => step.trim());
  const modules: string[] = [];
  while (steps[0] === "module" && steps.length > 3) {
    steps.shift();
    modules.push(steps.shift()!);
  }
  const [type, name, ...rest] = steps;
  const isName = (step: string | undefined): step is string =>
    step !== undefined && /^[A-Za-z_][\w-]*$/.test(step);
  return isName(type) && isName(name) && rest.length === 0 && type !== "data" && type !== "module"
    ? { modules, type, name }
    : null;
}

/**
 * What a module hides, in words: where it is called, and for a local one which of its arguments decide the resource's
 * values, so that they can be set in the call. Nothing in a module is changed: its other callers would change too.
 */
export async function describeModule(
  address: Address,
  draft: Draft,
  folder: TerraformFolder,
): Promise<string[]> {
  const [name, ...deeper] = address.modules;
  const [call] = (await draft.blocks("module", name)) ?? [];
  if (call === undefined) return [`module.${name} is called in no file of the root module.`];
  const source = call.block.attributes.find((one) => one.name === "source")?.literal;
  const at = `${call.path}:${lineOf(draft.text(call.path), call.block.start)}`;
  const said = `module.${name} (${at}, source ${onOneLine(String(source ?? "computed"))}) declares ${address.type}.${address.name}, so no file of the root module can be changed for it.`;
  if (typeof source !== "string" || !source.startsWith("./") || deeper.length > 0)
    return [said, "Set its arguments in the call, by the module's own documentation."];
  const inside = await insideOf(folder, source.slice(2).replace(/\/$/, ""), address);
  if (inside === null) return [said, "The module's folder does not declare the resource."];
  const decided = inside.variables.map((variable) => {
    const given = call.block.attributes.find((one) => one.name === variable)?.expression;
    return `${variable}${given === undefined ? " (not given, its default holds)" : ` = ${onOneLine(given, 60)}`}`;
  });
  return [
    said,
    decided.length === 0
      ? `${inside.path} takes nothing of it from the call: change the module itself, for all of its callers.`
      : `Its values come from these arguments of the call: ${decided.join("; ")}.`,
  ];
}

/** The resource within a local module, and the variables that it reads. */
async function insideOf(
  { files }: TerraformFolder,
  dir: string,
  { type, name }: Resource,
): Promise<{ readonly path: string; readonly variables: readonly string[] } | null> {
  for (const { path, text } of files) {
    if (path.slice(0, path.lastIndexOf("/")) !== dir || !path.endsWith(".tf")) continue;
    const body = await locateHcl(text);
    const block = body?.blocks.find(
      (one) => one.type === "resource" && one.labels[0] === type && one.labels[1] === name,
    );
    if (block === undefined) continue;
    const used = text.slice(block.inside, block.close).matchAll(/\bvar\.([A-Za-z_][\w-]*)/g);
    return { path, variables: [...new Set([...used].map(([, variable]) => variable!))] };
  }
  return null;
}
