import type { Context } from "../../shared/context.js";
import { UpstreamError } from "../../shared/errors.js";
import { baseUrlOf, databricksStatements, rowsOf, type Statements } from "../../warehouse/index.js";
import type { AccessCheck, ExplainRequest, RemoteCollector } from "../contract.js";
import { tryAccess } from "../platform/access.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { explainVarying, fitColumns } from "../platform/sql-text.js";
import {
  type Candidate,
  firstWithRows,
  type Part,
  readParts,
  statementBatches,
} from "../platform/time-slices.js";
import { ENDPOINTS_GRANT, explainInventory, listEndpoints, readInventory } from "./inventory.js";
import { normaliseBill } from "./normalise.js";
import {
  connectionOf,
  databricksSettings,
  ENVIRONMENT,
  hostsOf,
  type Request,
  type Settings,
} from "./settings.js";
import {
  BILLING_TABLES,
  billingSql,
  contentRead,
  ENDPOINT_TABLE,
  ENTITY_TABLE,
  grantOf,
  payloadRead,
  quotedTable,
  type TableRead,
  USAGE_TABLE,
  usageReads,
} from "./tables.js";

const LOGIN = "CAN USE on the SQL warehouse, and workspace access for the login";
const BILLING_GRANT = BILLING_TABLES.map(grantOf).join("; ");

const databricks: RemoteCollector<typeof databricksSettings> = {
  id: "databricks",
  title: "Databricks",
  summary: "Model calls, their bill and serving endpoints in Databricks: system and inference tables, REST",
  yields: ["requests", "statements", "inventory"],
  environment: ENVIRONMENT,
  grants: [
    LOGIN,
    `for calls of Unity AI Gateway: ${grantOf(USAGE_TABLE)}`,
    `for calls of serving endpoints: ${grantOf(ENDPOINT_TABLE)}; GRANT SELECT ON TABLE ${ENTITY_TABLE} TO \`<principal>\``,
    `for the bill: ${BILLING_GRANT}`,
    "for latency of serving endpoints: GRANT SELECT ON TABLE <catalog.schema.prefix_payload> TO `<principal>`",
    `for what runs: ${ENDPOINTS_GRANT}`,
  ],
  cannotFill: [
    {
      column: "cost_usd",
      reason: "Databricks bills endpoints by the hour, not calls; a share would be invented.",
    },
    { column: "region", reason: "No table says where a model ran." },
    { column: "cache_write_1h_tokens", reason: "Cache writes of all lifetimes are one figure." },
    { column: "max_tokens", reason: "It stands in the request's text, which is not read." },
    { column: "retry_of", reason: "Attempts of one request are told apart, not ordered." },
    { column: "conversation_id", reason: "Not recorded." },
    { column: "prompt_hash", reason: "Text is not read." },
    { column: "prefix_hashes", reason: "Text is not read." },
  ],
  latenessHours: 24,
  settings: databricksSettings,
  hosts: hostsOf,
  explain,
  read: (request, context) => readParts(partsOf(request, context), request.resumeFrom),
  check,
  inventory: readInventory,
};

export const databricksCollector = remoteCollector(databricks);

const open = (request: Request, context: Context): Statements =>
  databricksStatements(connectionOf(request), request.http(LOGIN).net, context);

/** What is read of a source, in order: each table is fitted to its columns first. */
function partsOf(request: Request, context: Context): Part[] {
  const { settings, includeContent } = request;
  const statements = open(request, context);
  const options = { statements, request, context, statementRows: settings.statementRows };
  const candidateOf = (read: TableRead): Candidate => ({
    name: read.name,
    open: async () => fitted(read, statements),
  });
  const tables =
    settings.usage === "inference_tables"
      ? settings.inferenceTables.map((one) => [payloadRead(one, settings)])
      : [usageReads(settings)];
  const texts = includeContent ? settings.inferenceTables.map((one) => [contentRead(one, settings)]) : [];
  const parts = [...tables, ...texts]
    .filter((reads) => reads.length > 0)
    .map((reads, at) => firstWithRows(`${at}`, reads.map(candidateOf), options));
  return settings.billing ? [...parts, billingPart(statements, request, context)] : parts;
}

async function fitted(read: TableRead, statements: Statements): Promise<TableRead> {
  let { countSql, readSql } = read;
  for (const { table, columns } of read.varying) {
    const rows = await rowsOf(statements, { sql: `DESCRIBE TABLE ${table}`, grant: read.grant });
    const present = new Set(rows.map((row) => String(row.col_name).toLowerCase()));
    readSql = fitColumns(readSql, columns, present);
    countSql = fitColumns(countSql, columns, present);
  }
  return { ...read, countSql, readSql };
}

/** The bill is read last, and left out with a warning where only it is not granted. */
function billingPart(statements: Statements, request: Request, context: Context): Part {
  return {
    name: "billing",
    async *batches() {
      const query = { sql: billingSql(), parameters: billingParameters(request), grant: BILLING_GRANT };
      try {
        const rows = await rowsOf(statements, query);
        yield* statementBatches(`${request.name}:billing`, rows.map(normaliseBill));
      } catch (error) {
        if (!(error instanceof UpstreamError) || error.code !== "TOP-WAREHOUSE-GRANT") throw error;
        context.log.warn(
          `${request.name}: the bill was not read. ${error.fix} Or leave it out: billing: false in tokenop.yaml`,
        );
      }
    },
  };
}

const billingParameters = ({ settings, since, until }: ExplainRequest<Settings>) => ({
  since: since.toISOString(),
  until: until.toISOString(),
  products: settings.billingProducts.join(","),
});

function explain(request: ExplainRequest<Settings>): string[] {
  const { settings, includeContent } = request;
  const base = baseUrlOf(settings.host);
  const usage =
    settings.usage === "inference_tables"
      ? settings.inferenceTables.map((one) => payloadRead(one, settings))
      : usageReads(settings);
  const texts = includeContent ? settings.inferenceTables.map((one) => contentRead(one, settings)) : [];
  return [
    ...(settings.auth === "oauth" ? [`POST ${base}/oidc/v1/token`] : []),
    `POST ${base}/api/2.0/sql/statements`,
    `GET ${base}/api/2.0/sql/statements/{statement_id}`,
    `GET ${base}/api/2.0/sql/statements/{statement_id}/result/chunks/{index}`,
    `POST ${base}/api/2.0/sql/statements/{statement_id}/cancel`,
    ...settings.resultHosts.map(
      (host) => `GET https://${host}/{path} (presigned links to results, without the login)`,
    ),
    settings.usage === "auto"
      ? "calls: the first of these tables that can be read and has calls in the window; never two of them"
      : `calls: ${settings.usage}`,
    ...[...usage, ...texts].flatMap(explainRead),
    ...(settings.billing
      ? ["-- the bill", billingSql(), `  :products is ${settings.billingProducts.join(", ")}`]
      : []),
    ...(settings.inventory ? explainInventory(settings) : []),
    "job runs are not read: no table says which run made a call; a tag of the request does, see intent_tags",
  ];
}

function explainRead({ name, varying, countSql, readSql, parameters = {} }: TableRead): string[] {
  return [
    `-- ${name}`,
    ...varying.map(({ table }) => `DESCRIBE TABLE ${table}`),
    countSql,
    readSql,
    ...varying.flatMap(({ columns }) => explainVarying(columns)),
    ...Object.entries(parameters).map(([parameter, value]) => `  :${parameter} is ${value}`),
  ];
}

/** Each table by a statement that gives no row. */
async function* check(request: Request, context: Context): AsyncGenerator<AccessCheck> {
  const { usage, inferenceTables, billing, inventory } = request.settings;
  const statements = open(request, context);
  const select = (table: string, optional: boolean): Promise<AccessCheck> => {
    const query = { sql: `SELECT 1 AS granted FROM ${quotedTable(table)} LIMIT 0`, grant: grantOf(table) };
    return tryAccess(`read ${table}`, () => rowsOf(statements, query), { optional });
  };
  let isNewest = false;
  if (usage === "auto" || usage === "ai_gateway") {
    const newest = await select(USAGE_TABLE, usage === "auto");
    isNewest = newest.ok;
    yield newest;
  }
  if (usage === "auto" || usage === "serving")
    for (const table of [ENDPOINT_TABLE, ENTITY_TABLE]) yield await select(table, isNewest);
  for (const { table } of inferenceTables) yield await select(table, false);
  if (billing) for (const table of BILLING_TABLES) yield await select(table, true);
  if (inventory)
    yield await tryAccess("list serving endpoints", () => listEndpoints(request, context), {
      optional: true,
    });
}
