import type { Context } from "../../shared/context.js";
import { UpstreamError } from "../../shared/errors.js";
import { rowsOf, type Statements, snowflakeStatements, type WarehouseRow } from "../../warehouse/index.js";
import type { AccessCheck, ExplainRequest, Normalised, RemoteCollector } from "../contract.js";
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
import { type CreditPrices, creditPrices } from "./prices.js";
import {
  baseUrlOf,
  connectionOf,
  ENVIRONMENT,
  hostsOf,
  type Request,
  type Settings,
  snowflakeSettings,
} from "./settings.js";
import { normaliseMetering, normaliseService } from "./statements.js";
import {
  CONTRACT,
  callsRead,
  contractGrant,
  functionReads,
  METERING,
  restRead,
  SERVICES,
  type SmallRead,
  smallReads,
  sql,
  tableGrant,
  textRead,
  usageGrant,
  type ViewRead,
} from "./views.js";

const WAREHOUSE = "GRANT USAGE ON WAREHOUSE <warehouse> TO ROLE <role>";
const NO_ROLE = { role: undefined };

const snowflake: RemoteCollector<typeof snowflakeSettings> = {
  id: "snowflake",
  title: "Snowflake",
  summary: "Cortex usage and its credits in Snowflake, and your own tables of inference calls",
  yields: ["requests", "buckets", "statements"],
  environment: ENVIRONMENT,
  grants: [
    WAREHOUSE,
    `for Cortex usage and metering: ${usageGrant(NO_ROLE)}`,
    `for contract prices: ${contractGrant(NO_ROLE)}`,
    `for a table of calls: ${tableGrant("<database>.<schema>.<table>", NO_ROLE)}`,
  ],
  cannotFill: [],
  latenessHours: 24,
  settings: snowflakeSettings,
  hosts: hostsOf,
  explain,
  read: readSnowflake,
  check,
};

export const snowflakeCollector = remoteCollector(snowflake);

const open = (request: Request, context: Context): Statements =>
  snowflakeStatements(connectionOf(request), request.http(WAREHOUSE).net, context);

async function* readSnowflake(request: Request, context: Context) {
  const statements = open(request, context);
  const prices = await pricesOf(statements, request, context);
  yield* readParts(partsOf(statements, prices, request, context), request.resumeFrom);
}

function partsOf(statements: Statements, prices: CreditPrices, request: Request, context: Context): Part[] {
  const { settings, includeContent } = request;
  const options = { statements, request, context, statementRows: settings.statementRows };
  const candidateOf = (read: ViewRead): Candidate => ({
    name: read.name,
    open: async () => fitted(read, statements),
  });
  const part = (name: string, reads: readonly ViewRead[], optional = false): Part =>
    firstWithRows(name, reads.map(candidateOf), options, { optional });
  const { cortex, calls } = settings;
  return [
    ...(cortex ? [part("functions", functionReads(settings, prices))] : []),
    ...(cortex ? [part("rest", [restRead(settings)], true)] : []),
    ...calls.map((table) => part(`calls ${table.name}`, [callsRead(table, settings)])),
    ...(includeContent ? calls : []).flatMap((table) => {
      const read = textRead(table, settings);
      return read === null ? [] : [part(`text ${table.name}`, [read])];
    }),
    billsPart(statements, prices, request, context),
  ];
}

/** No row is read to learn which columns there are. */
async function fitted(read: ViewRead, statements: Statements): Promise<ViewRead> {
  const query = { sql: sql("columns", { table: read.relation }), grant: read.grant };
  for await (const { columns } of statements.stream(query)) {
    const present = new Set(columns.map(({ name }) => name));
    return { ...read, readSql: fitColumns(read.readSql, read.varying, present) };
  }
  return read;
}

async function pricesOf(statements: Statements, request: Request, context: Context): Promise<CreditPrices> {
  const { contractPrices, cortex, billing, creditPriceUsd } = request.settings;
  if (!contractPrices || !(cortex || billing)) return creditPrices([], [], creditPriceUsd);
  const [days, rates] = [CONTRACT[0]!, CONTRACT[1]!];
  return creditPrices(
    (await optionalRows(days, statements, request, context)) ?? [],
    (await optionalRows(rates, statements, request, context)) ?? [],
    creditPriceUsd,
  );
}

/** A result that the others are of use without; what is missing is said once, with its grant. */
async function optionalRows(
  { name, relation, needs }: SmallRead,
  statements: Statements,
  request: Request,
  context: Context,
): Promise<WarehouseRow[] | null> {
  const grant = needs === "contract" ? contractGrant(request.settings) : usageGrant(request.settings);
  try {
    return await rowsOf(statements, { sql: sql(name), parameters: parametersOf(request), grant });
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.code !== "TOP-WAREHOUSE-GRANT") throw error;
    context.log.warn(`${request.name}: ${relation} was left out. ${error.fix}`);
    return null;
  }
}

/** Analyst, Search and the account's metering: lines of bills, none of them a call. */
function billsPart(statements: Statements, prices: CreditPrices, request: Request, context: Context): Part {
  const { cortex, billing, account } = request.settings;
  const rowsFor = async (read: SmallRead) => (await optionalRows(read, statements, request, context)) ?? [];
  return {
    name: "bills",
    async *batches() {
      for (const read of cortex ? SERVICES : []) {
        const service = read.name === "analyst" ? "analyst" : "search";
        const made = (await rowsFor(read)).map((row) => normaliseService(row, service, prices, account));
        yield* statementBatches(`${request.name}:${read.name}`, made);
      }
      if (!billing) return;
      const made: Normalised[] = (await rowsFor(METERING)).flatMap((row) =>
        normaliseMetering(row, prices, account),
      );
      yield* statementBatches(`${request.name}:metering`, made);
    },
  };
}

const parametersOf = ({ settings, since, until }: ExplainRequest<Settings>) => ({
  since: since.toISOString(),
  until: until.toISOString(),
  service_types: `,${settings.serviceTypes.join(",")},`,
});

const NO_PRICES = creditPrices([], [], undefined);

function explain(request: ExplainRequest<Settings>): string[] {
  const { settings, includeContent } = request;
  const base = baseUrlOf(settings);
  const { cortex, calls } = settings;
  const texts = (includeContent ? calls : []).flatMap((table) => textRead(table, settings) ?? []);
  return [
    `POST ${base}/api/v2/statements`,
    `GET ${base}/api/v2/statements/{handle}`,
    `POST ${base}/api/v2/statements/{handle}/cancel`,
    `-- values are bound, never pasted: :service_types is ${parametersOf(request).service_types}`,
    ...smallReads(settings).flatMap(({ name, relation }) => [`-- ${relation}`, sql(name)]),
    ...(cortex
      ? ["-- Cortex functions: the first of these views that can be read and has rows; never two"]
      : []),
    ...(cortex ? functionReads(settings, NO_PRICES) : []).flatMap(explainRead),
    ...(cortex ? explainRead(restRead(settings)) : []),
    ...[...calls.map((table) => callsRead(table, settings)), ...texts].flatMap(explainRead),
  ];
}

const explainRead = ({ name, relation, countSql, readSql, varying }: ViewRead): string[] => [
  `-- ${name}`,
  sql("columns", { table: relation }),
  countSql,
  readSql,
  ...explainVarying(varying),
];

/** Each view and table by its columns, without a row of it. */
async function* check(request: Request, context: Context): AsyncGenerator<AccessCheck> {
  const { settings } = request;
  const statements = open(request, context);
  const look = (relation: string, grant: string, optional: boolean): Promise<AccessCheck> => {
    const query = { sql: sql("columns", { table: relation }), grant };
    return tryAccess(`read ${relation}`, () => rowsOf(statements, query), { optional });
  };
  const generations: AccessCheck[] = [];
  for (const { relation, grant } of settings.cortex ? functionReads(settings, NO_PRICES) : [])
    generations.push(await look(relation, grant, true));
  // One generation suffices; without any, nothing of the functions can be read.
  const suffices = generations.some(({ ok }) => ok);
  yield* generations.map((seen) => ({ ...seen, optional: suffices }));
  if (settings.cortex) yield await look(restRead(settings).relation, usageGrant(settings), true);
  for (const { relation, needs } of smallReads(settings)) {
    const grant = needs === "contract" ? contractGrant(settings) : usageGrant(settings);
    yield await look(relation, grant, true);
  }
  for (const table of settings.calls) {
    const { relation, grant } = callsRead(table, settings);
    yield await look(relation, grant, false);
  }
}
