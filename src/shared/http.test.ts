import { describe, expect, it } from "vitest";
import { type HttpRequest, type HttpSource, send, sendJson } from "./http.js";

const KEY = "canary-key-0123456789";
const REQUEST: HttpRequest = {
  url: "https://api.example/v1/usage?page=2",
  headers: { authorization: `Bearer ${KEY}` },
};

type Answer = Response | Error;

/** A source that gives these answers in turn, and a pause that only notes how long it would have been. */
function sourceOf(answers: readonly Answer[]) {
  const seen: Request[] = [];
  const pauses: number[] = [];
  const source: HttpSource = {
    name: "example usage",
    grant: "an admin key with read access to usage",
    net: {
      fetch: async (input, init) => {
        seen.push(new Request(input, init));
        const answer = answers[seen.length - 1] ?? answers.at(-1)!;
        if (answer instanceof Error) throw answer;
        return answer.clone();
      },
    },
  };
  const wait = async (ms: number): Promise<void> => {
    pauses.push(ms);
  };
  const context = { signal: new AbortController().signal };
  return {
    seen,
    pauses,
    json: (request = REQUEST) => sendJson(source, request, context, wait),
    raw: (request = REQUEST) => send(source, request, context, wait),
  };
}

const reset = (): Error => Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNRESET" } });
const status = (code: number, headers: Record<string, string> = {}): Response =>
  new Response(`{"error":"${KEY}"}`, { status: code, headers });
const ok = (value: unknown): Response => Response.json(value);

describe("a request to a source", () => {
  it("sends a value as JSON and reads the answer as JSON", async () => {
    const { json, seen } = sourceOf([ok({ rows: 3 })]);
    expect(await json({ ...REQUEST, json: { limit: 10 } })).toEqual({ rows: 3 });
    expect(seen[0]!.method).toBe("POST");
    expect(await seen[0]!.json()).toEqual({ limit: 10 });
  });

  it("tries resets, 5xx and broken JSON again, each time after a longer pause", async () => {
    const { json, pauses } = sourceOf([reset(), status(500), new Response('{"rows"'), ok([1])]);
    expect(await json()).toEqual([1]);
    expect(pauses).toEqual([500, 1000, 2000]);
  });

  it("waits as long as a rate limit asks, in seconds or to a date of the server's clock", async () => {
    const { json, pauses } = sourceOf([
      status(429, { "retry-after": "7" }),
      status(429, {
        date: "Fri, 20 Nov 2026 07:00:00 GMT",
        "retry-after": "Fri, 20 Nov 2026 07:00:09 GMT",
      }),
      ok({}),
    ]);
    await json();
    expect(pauses).toEqual([7000, 9000]);
  });

  it("gives up at once on a limit that lasts", async () => {
    const { json, seen } = sourceOf([status(429, { "retry-after": "86400" })]);
    await expect(json()).rejects.toMatchObject({ code: "TOP-HTTP-LIMITED", exitCode: 5 });
    expect(seen).toHaveLength(1);
  });

  it.each([401, 403])("names the missing grant on %i and does not try again", async (code) => {
    const { json, seen } = sourceOf([status(code)]);
    await expect(json()).rejects.toMatchObject({
      code: "TOP-HTTP-ACCESS",
      exitCode: 5,
      fix: expect.stringContaining("an admin key with read access to usage"),
    });
    expect(seen).toHaveLength(1);
  });

  it("hands a status that is an answer to its caller, body and all", async () => {
    const { raw, seen } = sourceOf([status(422), ok({})]);
    const answer = await raw({ ...REQUEST, passing: [422] });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({ error: KEY });
    expect(seen).toHaveLength(1);
  });

  it("gives up after six attempts and says what the last one met", async () => {
    const { json, seen } = sourceOf([reset()]);
    await expect(json()).rejects.toMatchObject({
      code: "TOP-HTTP-DOWN",
      exitCode: 5,
      found: expect.stringContaining("ECONNRESET"),
    });
    expect(seen).toHaveLength(6);
  });

  it("sends nobody in circles where no server listens", async () => {
    const refused = Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
    await expect(sourceOf([refused]).json()).rejects.toMatchObject({
      found: expect.stringContaining("ECONNREFUSED"),
      fix: expect.stringContaining("Check that it runs"),
    });
  });

  it("puts no key, query or answer into an error", async () => {
    for (const answer of [status(400), status(401), status(503)]) {
      const error = await sourceOf([answer])
        .json()
        .catch((thrown: unknown) => thrown);
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(/canary|page=2/);
    }
  });

  it("hands a whole response on where the caller streams it", async () => {
    const response = await sourceOf([reset(), new Response("a\nb")]).raw();
    expect(await response.text()).toBe("a\nb");
  });
});
