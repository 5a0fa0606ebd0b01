import { z } from "zod";
import { EVENT_COLUMNS, type EventColumn } from "../../events/contract.js";
import { hostOf } from "../../shared/net.js";
import { type SnowflakeConnection, snowflakeFromEnv } from "../../warehouse/index.js";
import type { RemoteRequest, RemoteSettings } from "../contract.js";
import { partsOfName, quotedName } from "../platform/sql-text.js";

/** Unquoted names are in capitals, as Snowflake itself resolves them. */
const inCapitals = (identifier: string): string => identifier.toUpperCase();

export const quoted = (name: string): string => quotedName(name, inCapitals, '"');

const nameOf = (what: string, lengths: readonly number[]) =>
  z.string().refine((name) => lengths.includes(partsOfName(name, inCapitals)?.length ?? 0), {
    error: `expected ${what}, no expression`,
  });

/** Columns that a table of calls may give; the others are ours, or no single value. */
const NOT_MAPPED: readonly EventColumn[] = ["source", "attributes", "prefix_hashes", "grain"];
export const MAPPED_COLUMNS = EVENT_COLUMNS.map(({ name }) => name).filter(
  (name) => !NOT_MAPPED.includes(name),
);

const column = nameOf("a column", [1]);
const columns = z.strictObject({
  ts: column,
  ...(Object.fromEntries(
    MAPPED_COLUMNS.filter((name) => name !== "ts").map((name) => [name, column.optional()]),
  ) as Record<Exclude<(typeof MAPPED_COLUMNS)[number], "ts">, z.ZodOptional<typeof column>>),
});

const CONSTANTS = ["provider", "model", "intent", "endpoint", "region", "tenant"] as const;

const calls = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+([-_][a-z0-9]+)*$/)
    .describe("Tells tables apart in messages and row origins."),
  table: nameOf("database.schema.table", [2, 3]).describe("A table or view of inference calls."),
  columns: columns.describe("Canonical column: the table's column. Quote a name that is not in capitals."),
  set: z
    .partialRecord(z.enum(CONSTANTS), z.string().min(1))
    .default({})
    .describe("Canonical column: one value for all rows, where the table has no such column."),
  grain: z.enum(["request", "bucket"]).default("request").describe("bucket: rows are sums over calls."),
  input_includes_cached: z
    .boolean()
    .default(true)
    .describe("false where input tokens are counted without those read from and written to a cache."),
  content: z
    .strictObject({ prompt: column.optional(), response: column.optional() })
    .default({})
    .describe("Columns with text, read with --include-content only."),
});

export const snowflakeSettings = z.strictObject({
  account: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/)
    .describe("Account identifier: myorg-myaccount, or a locator such as xy12345.eu-central-1."),
  base_url: z.url().optional().describe("Where the account is not at <account>.snowflakecomputing.com."),
  auth: z
    .enum(["key_pair", "oauth", "pat"])
    .default("key_pair")
    .describe("key_pair: SNOWFLAKE_PRIVATE_KEY; oauth: SNOWFLAKE_OAUTH_TOKEN; pat: SNOWFLAKE_PAT."),
  user: z.string().optional().describe("Login name; a key pair needs it."),
  role: z.string().optional().describe("Role to read with; the user's default role where it is left out."),
  warehouse: z.string().optional().describe("Warehouse that runs the statements; XS suffices."),
  cortex: z
    .boolean()
    .default(true)
    .describe("Read Cortex usage: AI functions, REST API, Analyst and Search."),
  query_tags: z
    .boolean()
    .default(true)
    .describe("Take a query's tag for the intent of its calls; false leaves tags unread."),
  billing: z.boolean().default(true).describe("Read the credits billed for AI services."),
  service_types: z
    .array(z.string().regex(/^[A-Z0-9_]+$/))
    .default(["AI_SERVICES"])
    .describe("Values of service_type that are bills for models."),
  contract_prices: z
    .boolean()
    .default(true)
    .describe("Read the organisation's prices of a credit; false leaves ORGANIZATION_USAGE unread."),
  credit_price_usd: z
    .number()
    .positive()
    .optional()
    .describe("USD a credit where no contract price can be read; what comes of it is estimated."),
  calls: z.array(calls).default([]).describe("Your own tables or views of inference calls."),
  statement_rows: z.int().min(1).max(1_000_000).default(50_000).describe("Rows that one statement may give."),
});

export type Settings = RemoteSettings<typeof snowflakeSettings>;
export type Request = RemoteRequest<Settings>;
export type CallsTable = Settings["calls"][number];

export const ENVIRONMENT = [
  { name: "SNOWFLAKE_PRIVATE_KEY", purpose: "PEM of the private key, for auth: key_pair" },
  { name: "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", purpose: "its passphrase, where it has one" },
  { name: "SNOWFLAKE_OAUTH_TOKEN", purpose: "access token, for auth: oauth" },
  { name: "SNOWFLAKE_PAT", purpose: "programmatic access token, for auth: pat" },
] as const;

export const baseUrlOf = ({ account, baseUrl }: Pick<Settings, "account" | "baseUrl">): string =>
  baseUrl?.replace(/\/+$/, "") ??
  `https://${account.toLowerCase().replaceAll("_", "-")}.snowflakecomputing.com`;

export const hostsOf = (settings: Settings): string[] => [hostOf(baseUrlOf(settings))];

const SECRETS = {
  key_pair: "SNOWFLAKE_PRIVATE_KEY",
  oauth: "SNOWFLAKE_OAUTH_TOKEN",
  pat: "SNOWFLAKE_PAT",
} as const;

/** @throws UsageError TOP-COLLECT-SECRET, TOP-WAREHOUSE-SETTINGS */
export function connectionOf({ settings, secret, optionalSecret }: Request): SnowflakeConnection {
  const name = SECRETS[settings.auth];
  return snowflakeFromEnv({
    SNOWFLAKE_ACCOUNT: settings.account,
    SNOWFLAKE_HOST: baseUrlOf(settings),
    SNOWFLAKE_USER: settings.user,
    SNOWFLAKE_ROLE: settings.role,
    SNOWFLAKE_WAREHOUSE: settings.warehouse,
    [name]: secret(name),
    ...(settings.auth === "key_pair" && {
      SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: optionalSecret("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE") ?? undefined,
    }),
  });
}
