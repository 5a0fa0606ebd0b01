import { hostOf, isLoopback } from "../../shared/net.js";
import { settingMissing } from "../failures.js";

export type DatabricksLogin =
  | { readonly kind: "token"; readonly token: string }
  /** OAuth machine-to-machine: a service principal's client credentials. */
  | { readonly kind: "oauth"; readonly clientId: string; readonly clientSecret: string };

export interface DatabricksConnection {
  /** `https://dbc-….cloud.databricks.com`, without a path. */
  readonly baseUrl: string;
  readonly warehouseId: string;
  readonly login: DatabricksLogin;
  readonly catalog?: string;
  readonly schema?: string;
  /**
   * Storage hosts from which large results may be fetched by presigned link. Empty: results come inline, from the
   * workspace alone, and may have 25 MiB at most.
   */
  readonly resultHosts: readonly string[];
  /** What else speaks this interface, as errors name it, and what it needs; default Databricks. */
  readonly platform?: string;
  readonly grant?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PLATFORM = "Databricks";

/** Every host that a connection may reach: its allow-list. */
export const databricksHosts = ({ baseUrl, resultHosts }: DatabricksConnection): string[] => [
  hostOf(baseUrl),
  ...resultHosts,
];

/**
 * From the environment, under the names that Databricks' own tools use: DATABRICKS_HOST; DATABRICKS_TOKEN, or
 * DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET; DATABRICKS_WAREHOUSE_ID, or DATABRICKS_HTTP_PATH;
 * DATABRICKS_RESULT_HOSTS, separated by commas.
 *
 * @throws UsageError TOP-WAREHOUSE-SETTINGS
 */
export function databricksFromEnv(env: Environment): DatabricksConnection {
  const host = required(env, "DATABRICKS_HOST", "the workspace's address");
  return {
    baseUrl: baseUrlOf(host),
    warehouseId: warehouseOf(env),
    login: loginOf(env),
    resultHosts: listOf(env.DATABRICKS_RESULT_HOSTS),
  };
}

function loginOf(env: Environment): DatabricksLogin {
  const token = env.DATABRICKS_TOKEN ?? "";
  if (token !== "") return { kind: "token", token };
  const clientId = required(env, "DATABRICKS_CLIENT_ID", "DATABRICKS_TOKEN, or a service principal");
  return { kind: "oauth", clientId, clientSecret: required(env, "DATABRICKS_CLIENT_SECRET", "a secret") };
}

function warehouseOf(env: Environment): string {
  const path = /\/warehouses\/([^/]+)$/.exec(env.DATABRICKS_HTTP_PATH ?? "")?.[1];
  return path ?? required(env, "DATABRICKS_WAREHOUSE_ID", "a SQL warehouse");
}

/** Plain http is for this machine alone, as everywhere. */
export function baseUrlOf(host: string): string {
  const bare = host.replace(/\/+$/, "");
  if (/^https?:\/\//.test(bare)) return bare;
  return isLoopback(bare.split(":")[0]!) ? `http://${bare}` : `https://${bare}`;
}

export function listOf(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function required(env: Environment, name: string, what: string): string {
  const value = env[name] ?? "";
  if (value === "") throw settingMissing(PLATFORM, name, what);
  return value;
}
