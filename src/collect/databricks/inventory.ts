import type { Inventory } from "../../serving/contract.js";
import type { Context } from "../../shared/context.js";
import { UpstreamError } from "../../shared/errors.js";
import { sendForAnswer } from "../../shared/http.js";
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

/** Not shown to this login, or gone since it was listed. */
const UNSEEN = [403, 404];

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

/** Asks the workspace for a path; null where its answer is one of the statuses that are let pass. */
type Get = (path: string, passing?: readonly number[]) => Promise<unknown>;

/** One login for all requests. */
function opened(request: Request, context: Context): Get {
  const source = request.http(ENDPOINTS_GRANT);
  const connection = connectionOf(request);
  const authorize = databricksAuthorization(connection, source, context);
  return async (path, passing = []) => {
    const url = `${connection.baseUrl}${path}`;
    const answer = await sendForAnswer(source, { url, headers: await authorize(), passing }, context);
    return passing.includes(answer.status) ? null : answer.json;
  };
}

/** A workspace without endpoints answers without a list. */
async function endpointsOf(get: Get): Promise<readonly unknown[]> {
  const { endpoints } = asObject(await get(PATH)) ?? {};
  return Array.isArray(endpoints) ? endpoints : [];
}

async function detailOf(listed: unknown, get: Get): Promise<unknown> {
  const name = nameOf(listed);
  return name === null ? null : get(`${PATH}/${encodeURIComponent(name)}`, UNSEEN);
}
