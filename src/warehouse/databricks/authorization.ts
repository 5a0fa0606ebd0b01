import { z } from "zod";
import type { Context } from "../../shared/context.js";
import { type HttpSource, sendJson } from "../../shared/http.js";
import { unusableResult } from "../failures.js";
import type { DatabricksConnection } from "./connection.js";

/** Headers that authorise a request to the workspace, renewed where a token has a term. */
export type Authorize = () => Promise<Readonly<Record<string, string>>>;

// Renewed this long before it ends, so that no request meets a token that ends on its way.
const RENEWAL_MARGIN_MS = 60_000;

const grantSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** For the statement client and for other reads of the same workspace, such as `/api/2.0/serving-endpoints`. */
export function databricksAuthorization(
  { baseUrl, login }: DatabricksConnection,
  source: HttpSource,
  context: Pick<Context, "now" | "signal">,
): Authorize {
  if (login.kind === "token") return async () => ({ authorization: `Bearer ${login.token}` });
  let held: { readonly token: string; readonly until: number } | null = null;
  return async () => {
    if (held === null || context.now().getTime() >= held.until) {
      const basic = Buffer.from(`${login.clientId}:${login.clientSecret}`).toString("base64");
      const answer = await sendJson(
        source,
        {
          url: `${baseUrl}/oidc/v1/token`,
          headers: { authorization: `Basic ${basic}` },
          body: new URLSearchParams({ grant_type: "client_credentials", scope: "all-apis" }),
        },
        context,
      );
      const parsed = grantSchema.safeParse(answer);
      if (!parsed.success) throw unusableResult("Databricks", "A token answer without a token.");
      const { access_token: token, expires_in: seconds } = parsed.data;
      held = { token, until: context.now().getTime() + seconds * 1000 - RENEWAL_MARGIN_MS };
    }
    return { authorization: `Bearer ${held.token}` };
  };
}
