import { addBlockBehind } from "../../hcl/edit.js";
import { type LocatedBlock, quoteHcl } from "../../hcl/edit-tree.js";
import { type Draft, type Hidden, type Resource, type Setting, setting } from "./draft.js";
import type { ResourceKind } from "./kinds.js";

/**
 * A pool of machines is spot or it is not, so a share of it on spot takes a copy of the pool beside it, with another name
 * and its part of the machines.
 *
 * @returns the new pool; `hidden` says what could not be divided.
 */
export async function addSpotPool(
  draft: Draft,
  resource: Resource,
  { share, committed }: { readonly share: number; readonly committed: number },
  { pool, spot }: ResourceKind,
): Promise<{ readonly pool: Resource; readonly hidden: readonly Hidden[] }> {
  const { path, block } = (await draft.find(resource))!;
  const copy: Resource = { type: resource.type, name: `${resource.name}_spot` };
  if ((await draft.find(copy)) !== null)
    return {
      pool: copy,
      hidden: [`${copy.type}.${copy.name} is there already: divide the machines by hand.`],
    };
  const counts = countsOf(block, pool!.counts);
  const text = draft.text(path);
  const label = /^(\s*resource\s+"[^"]*"\s+)"[^"]*"/;
  const lines = text.slice(block.start, block.end).replace(label, `$1"${copy.name}"`).split(/\r?\n/);
  draft.rewrite(path, (before) => addBlockBehind(before, block, lines));
  const named = await rename(draft, copy, pool!.nameAttribute, pool!);
  // Committed machines are paid on demand whatever else is bought.
  const keptOf = (count: number) =>
    Math.min(count, committed + Math.ceil(Math.max(0, count - committed) * (1 - share)));
  const divided = [...counts].map(([place, count]) => ({
    place,
    kept: keptOf(count),
    count,
  }));
  const of = (part: "kept" | "moved"): Setting[] =>
    divided.map(({ place, kept, count }) =>
      setting(place, `${part === "kept" ? kept : count - kept}`, "skip"),
    );
  return {
    pool: copy,
    hidden: [
      ...named,
      ...(counts.size === 0
        ? [
            `the numbers of machines of ${resource.type}.${resource.name} are not plain numbers: divide them by hand.`,
          ]
        : []),
      ...(await draft.set(resource, of("kept"))),
      ...(await draft.set(copy, [...spot!(0), ...of("moved")])),
    ],
  };
}

/** Plain numbers at the places that count machines. */
function countsOf(block: LocatedBlock, places: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const place of places) {
    const steps = place.split(".");
    const owner = steps
      .slice(0, -1)
      .reduce<LocatedBlock | undefined>((one, step) => one?.blocks.find(({ type }) => type === step), block);
    const literal = owner?.attributes.find(({ name }) => name === steps.at(-1))?.literal;
    if (typeof literal === "number") found.set(place, literal);
  }
  return found;
}

async function rename(
  draft: Draft,
  copy: Resource,
  attribute: string,
  { longest, ending }: NonNullable<ResourceKind["pool"]>,
): Promise<Hidden[]> {
  const { block } = (await draft.find(copy))!;
  const found = block.attributes.find(({ name }) => name === attribute);
  if (found === undefined) return [];
  if (typeof found.literal === "string") {
    const name = `${found.literal.slice(0, longest - ending.length)}${ending}`;
    return draft.set(copy, [setting(attribute, quoteHcl(name))]);
  }
  return [`${attribute} of ${copy.type}.${copy.name} is computed: give the new pool a name of its own.`];
}
