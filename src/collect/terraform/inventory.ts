import type { Inventory } from "../../serving/contract.js";
import { type TerraformDocument, withoutIndex } from "./resource.js";
import { readers } from "./resources/registry.js";
import { createWorld } from "./world.js";

/**
 * What documents say about serving: machines, managed endpoints and serving containers. What two documents of one place
 * both state counts once, with the first of them, so callers put states before plans and configuration last. Pure:
 * equal documents, equal inventory.
 */
export function readTerraform(documents: readonly TerraformDocument[]): Inventory {
  const used: TerraformDocument[] = [];
  const readings = documents.flatMap((document) => {
    const rivals = used.filter((other) => samePlace(other, document));
    if (isCovered(document, rivals)) return [];
    const known = new Set(rivals.flatMap(({ resources }) => resources.map(({ address }) => address)));
    used.push(document);
    const world = createWorld(document.resources);
    return document.resources.flatMap((resource) => {
      const reader = known.has(resource.address) ? undefined : readers.get(resource.type);
      return reader === undefined ? [] : [reader(resource, world)];
    });
  });
  return {
    sources: used.map(({ source }) => source),
    pools: readings.flatMap(({ pools }) => pools ?? []),
    endpoints: readings.flatMap(({ endpoints }) => endpoints ?? []),
    servers: readings.flatMap(({ servers }) => servers ?? []),
    notes: [...new Set(documents.flatMap(({ notes }) => notes))],
  };
}

/** Two states are one where Terraform says so; anything else where one lies in the folder of the other. */
function samePlace(left: TerraformDocument, right: TerraformDocument): boolean {
  if (left.lineage !== null && right.lineage !== null) return left.lineage === right.lineage;
  return lies(left.folder, right.folder) || lies(right.folder, left.folder);
}

/** Where Terraform keeps the states of its workspaces. */
const WORKSPACES = "terraform.tfstate.d";

const within = (folder: string, name: string): string => (folder === "." ? name : `${folder}/${name}`);

const lies = (folder: string, parent: string): boolean =>
  parent === "." || folder === parent || folder.startsWith(`${parent}/`);

/** A state or plan says more than the .tf files that it was made from. */
function isCovered(
  { source, folder, resources }: TerraformDocument,
  rivals: readonly TerraformDocument[],
): boolean {
  if (source.kind !== "configuration") return false;
  return rivals.some((rival) => {
    if (rival.source.kind === "configuration") return false;
    if (rival.folder === folder || lies(rival.folder, within(folder, WORKSPACES))) return true;
    const stated = new Set(rival.resources.map(({ address }) => withoutIndex(address)));
    return resources.some(({ address }) => stated.has(withoutIndex(address)));
  });
}
