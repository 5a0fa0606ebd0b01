import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "./log.js";
import { createNet, hostOf, isLoopback } from "./net.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const quiet = { log: silentLogger };

describe("the door to the network", () => {
  it("reaches a host that is allowed by name", async () => {
    const base = await serve((_, response) => response.end("hello"));
    const response = await createNet(["127.0.0.1"], quiet).fetch(`${base}/v1`);
    expect(await response.text()).toBe("hello");
  });

  it("refuses a host that is not on the list and says how to allow it", async () => {
    let requests = 0;
    const base = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    const refused = createNet(["api.example.com"], quiet).fetch(base);
    await expect(refused).rejects.toMatchObject({ code: "TOP-NET-REFUSED", exitCode: 2 });
    await expect(refused).rejects.toMatchObject({ fix: expect.stringContaining("--yes-send-to 127.0.0.1:") });
    expect(requests).toBe(0);
  });

  it("holds an entry with a port to that port", async () => {
    const base = await serve((_, response) => response.end("ok"));
    const { fetch: guarded } = createNet([hostOf(base)], quiet);
    expect((await guarded(base)).status).toBe(200);
    await expect(guarded("http://127.0.0.1:1/")).rejects.toMatchObject({ code: "TOP-NET-REFUSED" });
  });

  it("does not take a longer name for an allowed one", async () => {
    const { fetch: guarded } = createNet(["example.com"], quiet);
    for (const url of [
      "https://evil-example.com/",
      "https://example.com.evil.net/",
      "https://a.example.com/",
    ]) {
      await expect(guarded(url)).rejects.toMatchObject({ code: "TOP-NET-REFUSED" });
    }
  });

  it("uses plain http for this machine only", async () => {
    await expect(createNet(["example.com"], quiet).fetch("http://example.com/")).rejects.toMatchObject({
      code: "TOP-NET-PLAIN",
    });
    expect(["localhost", "127.0.0.1", "127.9.9.9", "[::1]"].every(isLoopback)).toBe(true);
    expect(["127.0.0.1.evil.net", "10.0.0.1", "localhost.evil.net"].some(isLoopback)).toBe(false);
  });

  it("does not follow a redirect to another origin", async () => {
    let reached = 0;
    const other = await serve((_, response) => {
      reached += 1;
      response.end();
    });
    const base = await serve((_, response) => response.writeHead(307, { location: `${other}/x` }).end());
    const call = createNet(["127.0.0.1"], quiet).fetch(base, { method: "POST", body: "text" });
    await expect(call).rejects.toMatchObject({ code: "TOP-NET-REDIRECT" });
    expect(reached).toBe(0);
  });

  it("repeats the request, body included, on a redirect within the origin", async () => {
    const bodies: string[] = [];
    const base = await serve((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        bodies.push(`${request.url} ${body}`);
        if (request.url === "/a") response.writeHead(308, { location: "/b" });
        response.end("done");
      });
    });
    const response = await createNet(["127.0.0.1"], quiet).fetch(`${base}/a`, {
      method: "POST",
      body: "text",
    });
    expect(await response.text()).toBe("done");
    expect(bodies).toEqual(["/a text", "/b text"]);
  });

  it("gives up on a redirect loop", async () => {
    const base = await serve((_, response) => response.writeHead(307, { location: "/again" }).end());
    await expect(createNet(["127.0.0.1"], quiet).fetch(base)).rejects.toMatchObject({
      code: "TOP-NET-REDIRECT",
    });
  });

  it("logs paths that differ by an id as one", async () => {
    const base = await serve((_, response) => response.end());
    const lines: string[] = [];
    const net = createNet(["127.0.0.1"], { log: { ...silentLogger, info: (line) => lines.push(line) } });
    for (const path of [
      "01f0c2aa-1111-2222-3333-444455556666/chunks/1",
      "01f0c2bb-1111-2222-3333-444455556666/chunks/2",
    ])
      await net.fetch(`${base}/v2/statements/${path}`);

    expect(lines).toEqual([`GET ${new URL(base).host}/v2/statements/{id}/chunks/{id}`]);
  });

  it("logs host and path once, and neither query, header nor body", async () => {
    const lines: string[] = [];
    const base = await serve((_, response) => response.end());
    const { fetch: guarded } = createNet(["127.0.0.1"], {
      log: { ...silentLogger, info: (line) => lines.push(line) },
    });
    const init = { method: "POST", body: "my prompt", headers: { authorization: "Bearer secret" } };
    await guarded(`${base}/v1/chat?key=secret`, init);
    await guarded(`${base}/v1/chat?key=other`, init);
    expect(lines).toEqual([`POST ${hostOf(base)}/v1/chat`]);
  });
});
