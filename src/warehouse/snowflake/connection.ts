import { hostOf } from "../../shared/net.js";
import { settingMissing } from "../failures.js";

export type SnowflakeLogin =
  /** PEM of an RSA private key (PKCS#8), with its passphrase where it has one. */
  | { readonly kind: "key-pair"; readonly privateKey: string; readonly passphrase?: string }
  | { readonly kind: "oauth"; readonly token: string }
  /** A programmatic access token. */
  | { readonly kind: "pat"; readonly token: string };

export interface SnowflakeConnection {
  /** Account identifier: `myorg-myaccount`, or a locator such as `xy12345.eu-central-1`. */
  readonly account: string;
  /** `https://<account>.snowflakecomputing.com`, without a path. */
  readonly baseUrl: string;
  /** Login name; only key-pair logins need it. */
  readonly user: string;
  readonly login: SnowflakeLogin;
  readonly warehouse?: string;
  readonly role?: string;
  readonly database?: string;
  readonly schema?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PLATFORM = "Snowflake";

/** Every host that a connection may reach: its allow-list. Results come from the account's own host. */
export const snowflakeHosts = ({ baseUrl }: SnowflakeConnection): string[] => [hostOf(baseUrl)];

/**
 * From the environment: SNOWFLAKE_ACCOUNT; SNOWFLAKE_PRIVATE_KEY (PEM) with SNOWFLAKE_USER and, where the key is
 * encrypted, SNOWFLAKE_PRIVATE_KEY_PASSPHRASE; or SNOWFLAKE_PAT; or SNOWFLAKE_OAUTH_TOKEN. Optional: SNOWFLAKE_WAREHOUSE,
 * SNOWFLAKE_ROLE, SNOWFLAKE_DATABASE, SNOWFLAKE_SCHEMA, SNOWFLAKE_HOST (another host than the account's usual one).
 *
 * @throws UsageError TOP-WAREHOUSE-SETTINGS
 */
export function snowflakeFromEnv(env: Environment): SnowflakeConnection {
  const account = required(env, "SNOWFLAKE_ACCOUNT", "the account identifier");
  const host = env.SNOWFLAKE_HOST ?? `${account.toLowerCase().replaceAll("_", "-")}.snowflakecomputing.com`;
  const login = loginOf(env);
  const user =
    login.kind === "key-pair"
      ? required(env, "SNOWFLAKE_USER", "the login name")
      : (env.SNOWFLAKE_USER ?? "");
  const optional = { warehouse: "WAREHOUSE", role: "ROLE", database: "DATABASE", schema: "SCHEMA" } as const;
  const session = Object.entries(optional)
    .map(([key, name]) => [key, env[`SNOWFLAKE_${name}`] ?? ""] as const)
    .filter(([, value]) => value !== "");
  const baseUrl = /^https?:\/\//.test(host) ? host.replace(/\/+$/, "") : `https://${host}`;
  return { account, baseUrl, user, login, ...Object.fromEntries(session) };
}

function loginOf(env: Environment): SnowflakeLogin {
  const pat = env.SNOWFLAKE_PAT ?? "";
  if (pat !== "") return { kind: "pat", token: pat };
  const oauth = env.SNOWFLAKE_OAUTH_TOKEN ?? "";
  if (oauth !== "") return { kind: "oauth", token: oauth };
  const privateKey = required(
    env,
    "SNOWFLAKE_PRIVATE_KEY",
    "SNOWFLAKE_PAT, SNOWFLAKE_OAUTH_TOKEN or a private key",
  );
  const passphrase = env.SNOWFLAKE_PRIVATE_KEY_PASSPHRASE ?? "";
  // One line is all that some secret stores keep.
  const pem = privateKey.replaceAll("\\n", "\n");
  return { kind: "key-pair", privateKey: pem, ...(passphrase !== "" && { passphrase }) };
}

function required(env: Environment, name: string, what: string): string {
  const value = env[name] ?? "";
  if (value === "") throw settingMissing(PLATFORM, name, what);
  return value;
}
