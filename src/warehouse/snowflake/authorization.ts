import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { UsageError } from "../../shared/errors.js";
import type { SnowflakeConnection } from "./connection.js";

type Headers = Readonly<Record<string, string>>;

// The longest that Snowflake accepts is an hour.
const TERM_SECONDS = 55 * 60;
const RENEWAL_MARGIN_SECONDS = 5 * 60;

/**
 * Headers that authorise a request. Key pair: a JWT signed here, RS256, issued by
 * `ACCOUNT.USER.SHA256:<fingerprint of the public key>` for `ACCOUNT.USER`, both in capitals, the account without its
 * region. Source: docs.snowflake.com/developer-guide/sql-api/authenticating, looked up 2026-11.
 */
export function snowflakeAuthorization(
  { account, user, login }: SnowflakeConnection,
  now: () => Date,
): () => Headers {
  if (login.kind === "oauth") return () => headersOf(login.token, "OAUTH");
  if (login.kind === "pat") return () => headersOf(login.token, "PROGRAMMATIC_ACCESS_TOKEN");
  const key = privateKeyOf(login.privateKey, login.passphrase);
  const subject = `${accountOf(account)}.${user.toUpperCase()}`;
  let held: { readonly token: string; readonly until: number } | null = null;
  return () => {
    const seconds = Math.floor(now().getTime() / 1000);
    if (held === null || seconds >= held.until) {
      const claims = {
        iss: `${subject}.${fingerprintOf(key)}`,
        sub: subject,
        iat: seconds,
        exp: seconds + TERM_SECONDS,
      };
      held = { token: signed(claims, key), until: seconds + TERM_SECONDS - RENEWAL_MARGIN_SECONDS };
    }
    return headersOf(held.token, "KEYPAIR_JWT");
  };
}

const headersOf = (token: string, kind: string): Headers => ({
  authorization: `Bearer ${token}`,
  "x-snowflake-authorization-token-type": kind,
});

/** Global accounts end at the hyphen before their number, others at the region's dot. */
function accountOf(account: string): string {
  const end = account.includes(".global") ? account.indexOf("-") : account.indexOf(".");
  return (end > 0 ? account.slice(0, end) : account).toUpperCase();
}

function fingerprintOf(key: KeyObject): string {
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  return `SHA256:${createHash("sha256").update(publicKey).digest("base64")}`;
}

function signed(claims: object, key: KeyObject): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

function privateKeyOf(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: "pem", ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // The cause could quote the key.
    throw new UsageError({
      code: "TOP-WAREHOUSE-SETTINGS",
      message: "Snowflake's private key cannot be read.",
      found: "SNOWFLAKE_PRIVATE_KEY is no PEM of a private key, or its passphrase does not fit.",
      fix: 'Set the whole PEM: export SNOWFLAKE_PRIVATE_KEY="$(cat rsa_key.p8)"',
    });
  }
}
