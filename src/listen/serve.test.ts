import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type Received, serve } from "./serve.js";

let controller = new AbortController();
afterEach(() => {
  controller.abort();
  controller = new AbortController();
});

const faults: unknown[] = [];

async function echo(handle?: (request: Received) => Promise<{ status: number; body?: string }>) {
  return serve(
    handle ??
      (async ({ method, path, query, body }) => ({
        status: 200,
        body: `${method} ${path} ${query.get("q")} ${Buffer.from(body)}`,
      })),
    { port: 0, maxBodyBytes: 1000, signal: controller.signal, onFault: (error) => faults.push(error) },
  );
}

describe("a local server", () => {
  it("listens on this machine, and hands over method, path, query and body", async () => {
    const { url } = await echo();
    const response = await fetch(`${url}/v1/traces?q=1`, { method: "POST", body: "hello" });

    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await response.text()).toBe("POST /v1/traces 1 hello");
  });

  it("opens gzipped bodies, and refuses what is too large before and after", async () => {
    const { url } = await echo();
    const send = async (body: Uint8Array<ArrayBuffer>, headers = {}) =>
      fetch(url, { method: "POST", body, headers });
    const gzipped = { "content-encoding": "gzip" };

    expect(await (await send(gzipSync("hello"), gzipped)).text()).toContain("hello");
    expect((await send(Buffer.alloc(2000))).status).toBe(413);
    expect((await send(gzipSync(Buffer.alloc(2000)), gzipped)).status).toBe(413);
  });

  it("answers 500 without a reason where its handler fails, and goes on", async () => {
    let calls = 0;
    const { url } = await echo(async () => {
      calls += 1;
      if (calls === 1) throw new Error("secret reason");
      return { status: 204 };
    });
    const first = await fetch(url);

    expect(first.status).toBe(500);
    expect(await first.text()).toBe("");
    expect(String(faults.at(-1))).toContain("secret reason");
    expect((await fetch(url)).status).toBe(204);
  });

  it("ends with its signal, and says who has a port that is taken", async () => {
    const first = await echo();
    const second = serve(async () => ({ status: 200 }), {
      port: first.port,
      maxBodyBytes: 1,
      signal: controller.signal,
      onFault: () => undefined,
    });
    await expect(second).rejects.toMatchObject({ code: "TOP-LISTEN-PORT", exitCode: 2 });

    controller.abort();
    await first.ended;
    await expect(fetch(first.url)).rejects.toThrow();
  });
});
