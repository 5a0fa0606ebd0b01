import type { Inventory } from "../../serving/contract.js";
import type { Resource, TerraformDocument } from "./resource.js";
import { readers } from "./resources/registry.js";
import { createWorld } from "./world.js";

/**
 * What documents say about serving: machines, managed endpoints and serving containers. Of two documents that state one
 * resource of one folder the first counts, so callers put states before plans. Pure: equal documents, equal inventory.
 */
export function readTerraform(documents: readonly TerraformDocument[]): Inventory {
  const known = new Set<string>();
  const readings = documents.flatMap((document) => {
    const world = createWorld(document.resources);
    return document.resources
      .filter((resource) => isNew(resource, known))
      .map((resource) => {
        const reader = readers.get(resource.type);
        return reader === undefined ? {} : reader(resource, world);
      });
  });
  return {
    sources: documents.map(({ source }) => source),
    pools: readings.flatMap(({ pools }) => pools ?? []),
    endpoints: readings.flatMap(({ endpoints }) => endpoints ?? []),
    servers: readings.flatMap(({ servers }) => servers ?? []),
    notes: [...new Set(documents.flatMap(({ notes }) => notes))],
  };
}

function isNew({ source, address, kind, module, name }: Resource, known: Set<string>): boolean {
  const folder = kind === "configuration" ? `${source} ${module} ${name}` : source.replace(/[^/]*$/, "");
  const key = `${folder} ${address}`;
  if (known.has(key)) return false;
  known.add(key);
  return true;
}
