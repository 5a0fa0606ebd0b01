import type { Inventory } from "../../serving/contract.js";
import type { Context } from "../../shared/context.js";
import { UpstreamError } from "../../shared/errors.js";
import { sendJson } from "../../shared/http.js";
import { baseUrlOf, databricksAuthorization } from "../../warehouse/index.js";
import { asObject } from "../platform/fields.js";
import { type ListedEndpoint, nameOf, normaliseEndpoints } from "./serving-endpoints.js";
import { connectionOf, type Request, type Settings } from "./settings.js";

const PATH = "/api/2.0/serving-endpoints";

export const ENDPOINTS_GRANT = "CAN VIEW on each serving endpoint, in its permissions";

/** The requests that `readInventory` makes. */
export const explainInventory = ({ host }: Settings): string[] => [
  `GET ${baseUrlOf(host)}${PATH} (what runs: serving endpoints)`,
  `GET ${baseUrlOf(host)}${PATH}/{name} (sizes of each of them, which the list leaves out)`,
];

/** Refused, or gone since it was listed. */
const UNSEEN = ["TOP-HTTP-ACCESS", "TOP-HTTP-REFUSED"];

/**
 * Serving endpoints as the workspace has them now; null where the settings leave them out. They come beside the calls:
 * where the workspace does not show them, the notes and a warning say so, and what else was read stands.
 */
export async function readInventory(request: Request, context: Context): Promise<Inventory | null> {
  if (!request.settings.inventory) return null;
  const source = `${request.name}:serving_endpoints`;
  try {
    const get = opened(request, context);
    const listed = await endpointsOf(get);
    const answers: ListedEndpoint[] = [];
    for (const one of listed) answers.push({ listed: one, detail: await detailOf(one, get) });
    const { endpoints, notes } = normaliseEndpoints(answers, source);
    for (const note of notes) context.log.warn(note);
    const sources = [{ file: source, kind: "live", resources: listed.length }] as const;
    return { sources, pools: [], endpoints, servers: [], notes };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const note = `${source}: serving endpoints were not read. ${error.message}`;
    context.log.warn(`${note} ${error.fix ?? ""} Or leave them out: inventory: false in tokenop.yaml`);
    return { sources: [], pools: [], endpoints: [], servers: [], notes: [note] };
  }
}

/** The list alone, as the smallest request that shows whether it is granted. */
export const listEndpoints = (request: Request, context: Context): Promise<readonly unknown[]> =>
  endpointsOf(opened(request, context));

/** Asks the workspace for a path. */
type Get = (path: string) => Promise<unknown>;

/** One login for all requests. */
function opened(request: Request, context: Context): Get {
  const source = request.http(ENDPOINTS_GRANT);
  const connection = connectionOf(request);
  const authorize = databricksAuthorization(connection, source, context);
  return async (path) =>
    sendJson(source, { url: `${connection.baseUrl}${path}`, headers: await authorize() }, context);
}

/** A workspace without endpoints answers without a list. */
async function endpointsOf(get: Get): Promise<readonly unknown[]> {
  const { endpoints } = asObject(await get(PATH)) ?? {};
  return Array.isArray(endpoints) ? endpoints : [];
}

async function detailOf(listed: unknown, get: Get): Promise<unknown> {
  const name = nameOf(listed);
  if (name === null) return null;
  try {
    return await get(`${PATH}/${encodeURIComponent(name)}`);
  } catch (error) {
    if (error instanceof UpstreamError && UNSEEN.includes(error.code)) return null;
    throw error;
  }
}
