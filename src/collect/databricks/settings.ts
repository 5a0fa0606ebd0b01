import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import { baseUrlOf, type DatabricksConnection, type DatabricksLogin } from "../../warehouse/index.js";
import type { RemoteRequest, RemoteSettings } from "../contract.js";
import { partsOfName } from "../platform/sql-text.js";

/** Generations of usage data; `auto` takes the newest that can be read and holds calls of the window. */
export const USAGES = ["auto", "ai_gateway", "serving", "inference_tables", "none"] as const;

const tableName = z
  .string()
  .refine((name) => [2, 3].includes(partsOfName(name, (part) => part)?.length ?? 0), {
    error: "expected catalog.schema.table, no expression",
  });

const tags = (meaning: string, names: readonly string[]) =>
  z
    .array(z.string().regex(/^[^,]+$/))
    .default([...names])
    .describe(`Request tags that name the ${meaning}, the first that is set; no other tag is read.`);

export const databricksSettings = z.strictObject({
  host: z.string().describe("The workspace's address: dbc-0a1b2c3d-4e5f.cloud.databricks.com."),
  warehouse_id: z.string().describe("The SQL warehouse that runs the statements."),
  auth: z
    .enum(["token", "oauth"])
    .default("token")
    .describe("token: DATABRICKS_TOKEN; oauth: a service principal's client id and secret."),
  usage: z
    .enum(USAGES)
    .default("auto")
    .describe("Where calls are read from; generations are never added up, since they share calls."),
  inference_tables: z
    .array(
      z.strictObject({
        table: tableName.describe("catalog.schema.<prefix>_payload"),
        endpoint: z.string().optional().describe("The endpoint whose calls it holds."),
      }),
    )
    .default([])
    .describe("AI Gateway inference tables: latency of calls, and their text with --include-content."),
  tenant_tags: tags("tenant", ["tenant", "team", "project"]),
  intent_tags: tags("intent", ["intent", "use_case", "application"]),
  billing: z.boolean().default(true).describe("Read the bill too: metered usage times list price."),
  billing_products: z
    .array(z.string().regex(/^[A-Z0-9_]+$/))
    .default(["MODEL_SERVING", "AI_GATEWAY", "AI_FUNCTIONS"])
    .describe("Values of billing_origin_product that are bills for models."),
  inventory: z
    .boolean()
    .default(true)
    .describe("List serving endpoints too: what they serve, their sizes, and whether they scale to zero."),
  result_hosts: z
    .array(z.string())
    .default([])
    .describe("Storage hosts that large results may be fetched from; without them results come inline."),
  statement_rows: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(20_000)
    .describe("Rows that one statement may give. An inline result may have 25 MiB."),
});

export type Settings = RemoteSettings<typeof databricksSettings>;
export type Request = RemoteRequest<Settings>;

export const ENVIRONMENT = [
  { name: "DATABRICKS_TOKEN", purpose: "personal access token, for auth: token" },
  { name: "DATABRICKS_CLIENT_ID", purpose: "application id of a service principal, for auth: oauth" },
  { name: "DATABRICKS_CLIENT_SECRET", purpose: "its OAuth secret, for auth: oauth" },
] as const;

export const hostsOf = ({ host, resultHosts }: Settings): string[] => [
  hostOf(baseUrlOf(host)),
  ...resultHosts,
];

/** @throws UsageError TOP-COLLECT-SECRET */
export function connectionOf({ settings, secret }: Request): DatabricksConnection {
  const login: DatabricksLogin =
    settings.auth === "token"
      ? { kind: "token", token: secret("DATABRICKS_TOKEN") }
      : {
          kind: "oauth",
          clientId: secret("DATABRICKS_CLIENT_ID"),
          clientSecret: secret("DATABRICKS_CLIENT_SECRET"),
        };
  return {
    baseUrl: baseUrlOf(settings.host),
    warehouseId: settings.warehouseId,
    login,
    resultHosts: settings.resultHosts,
  };
}
