import type { Context } from "./context.js";
import { UsageError } from "./errors.js";

/** `fetch` with the same shape as the platform's, behind an allow-list. */
export type GuardedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface Net {
  readonly fetch: GuardedFetch;
}

const MAXIMUM_REDIRECTS = 5;

/**
 * The only door out of the process: a `fetch` that reaches the hosts in `allow` and no other.
 *
 * An entry is a host name (`api.openai.com`, any port) or a name with a port (`127.0.0.1:8080`, that port alone);
 * there are no wildcards. Plain http is for loopback hosts. A redirect is followed only within the same origin.
 * The first request to each host and path is logged, host and path only: queries, headers and bodies never are. Ids
 * within a path are left out, or a long read would fill the log.
 * `wayOut` words how a refused host would be allowed.
 *
 * @throws UsageError TOP-NET-REFUSED for a host that is not allowed, TOP-NET-PLAIN for http to a host that is not
 * loopback, TOP-NET-REDIRECT for a redirect to another origin.
 */
export function createNet(
  allow: readonly string[],
  context: Pick<Context, "log">,
  wayOut: (host: string) => string = consentTo,
): Net {
  const allowed = new Set(allow.map((entry) => entry.trim().toLowerCase()));
  const logged = new Set<string>();

  const guardedFetch: GuardedFetch = async (input, init) => {
    let request = new Request(input, { ...init, redirect: "manual" });
    for (let hop = 0; hop <= MAXIMUM_REDIRECTS; hop += 1) {
      const url = new URL(request.url);
      checkAllowed(url, allowed, wayOut);
      const line = `${request.method} ${url.host}${withoutIds(url.pathname)}`;
      if (!logged.has(line)) context.log.info(line);
      logged.add(line);
      // A clone keeps the body for a redirect that asks for the same request again.
      const response = await fetch(request.clone());
      const next = redirectTarget(response, url);
      if (next === null || !repeatable(request.method, response.status)) return response;
      request = new Request(next, request);
    }
    throw new UsageError({
      code: "TOP-NET-REDIRECT",
      message: `${hostOf(request.url)} redirects more than ${MAXIMUM_REDIRECTS} times.`,
      fix: "Check the base URL.",
    });
  };
  return { fetch: guardedFetch };
}

/** `/statements/01f0c2.../result/chunks/12` as `/statements/{id}/result/chunks/{id}`. */
const withoutIds = (path: string): string =>
  path.replaceAll(/(?<=\/)(?:\d+|(?=[^/]*\d)[0-9a-z]+-?[0-9a-f-]{15,})(?=\/|$)/gi, "{id}");

/** Whether a host name stands for this machine; plain http is allowed to it. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "");
  return name === "localhost" || name === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}

/** `host` or `host:port` of an absolute URL, as consent and the allow-list name it. */
export function hostOf(url: string): string {
  return new URL(url).host.toLowerCase();
}

const consentTo = (host: string): string =>
  `Allow it by name: --yes-send-to ${host}, or run.send_to in policy.yaml`;

function checkAllowed(url: URL, allowed: ReadonlySet<string>, wayOut: (host: string) => string): void {
  if (!allowed.has(url.host.toLowerCase()) && !allowed.has(url.hostname.toLowerCase())) {
    const list = allowed.size === 0 ? "no host is allowed" : `allowed: ${[...allowed].join(", ")}`;
    throw new UsageError({
      code: "TOP-NET-REFUSED",
      message: `A connection to ${url.host} was refused; nothing was sent.`,
      found: `That host is not on the list of this run (${list}).`,
      fix: wayOut(url.host),
    });
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) return;
  throw new UsageError({
    code: "TOP-NET-PLAIN",
    message: `A connection to ${url.host} over ${url.protocol.slice(0, -1)} was refused; nothing was sent.`,
    found: "Only https is used, except for this machine itself.",
    fix: "Give an https base URL.",
  });
}

function redirectTarget(response: Response, from: URL): URL | null {
  const location = response.headers.get("location");
  if (location === null || response.status < 300 || response.status > 399) return null;
  const target = new URL(location, from);
  if (target.origin === from.origin) return target;
  throw new UsageError({
    code: "TOP-NET-REDIRECT",
    message: `${from.host} redirects to ${target.host}, which was refused; nothing was sent there.`,
    found: "Consent for one host is not consent for another.",
    fix: `Use the final address as the base URL and allow ${target.host} by name.`,
  });
}

/** 307 and 308 repeat the request as it was; the older codes may turn a POST into a GET, so only a GET follows them. */
function repeatable(method: string, status: number): boolean {
  return status === 307 || status === 308 || method === "GET" || method === "HEAD";
}
