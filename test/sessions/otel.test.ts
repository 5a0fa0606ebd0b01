import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { encodeTraces } from "../../src/collect/otel/protobuf.js";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { startTokenop, until } from "../support/cli-process.js";
import { filesWith } from "../support/folder-contents.js";

const CANARY = "canary-otel-prompt";

function spanDocument(spanId: Buffer | string, traceId: Buffer | string) {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const whole = (key: string, intValue: string) => ({ key, value: { intValue } });
  return {
    resourceSpans: [
      {
        resource: { attributes: [text("service.name", "search")] },
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId,
                name: `chat ${CANARY}`,
                startTimeUnixNano: "1795158000123456789",
                endTimeUnixNano: "1795158001623456789",
                attributes: [
                  text("gen_ai.operation.name", "chat"),
                  text("gen_ai.provider.name", "openai"),
                  text("gen_ai.request.model", "gpt-5-mini"),
                  whole("gen_ai.usage.input_tokens", "1000"),
                  whole("gen_ai.usage.output_tokens", "200"),
                  text("gen_ai.input.messages", CANARY),
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

const TRACE = "5b8efff798038103d269b633813fc60c";
const json = (spanId: string) => JSON.stringify(spanDocument(spanId, TRACE));

/** A free port: what the system gave to somebody who left. */
async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

describe("receiving OpenTelemetry spans", () => {
  it("keeps model calls as SDKs send them, without text, for discover to price", async () => {
    const dir = await temporaryFolder();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const running = startTokenop(["collect", "otel", "--listen", `127.0.0.1:${port}`], { cwd: dir });
    const send = (body: BodyInit, type: string, headers: Record<string, string> = {}, path = "/v1/traces") =>
      fetch(`${url}${path}`, { method: "POST", body, headers: { "content-type": type, ...headers } });
    await until(() =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    );

    const asJson = await send(json("eee19b7ec3c1b171"), "application/json");
    expect([asJson.status, await asJson.json()]).toEqual([200, {}]);
    const protobuf = encodeTraces(
      spanDocument(Buffer.from("eee19b7ec3c1b172", "hex"), Buffer.from(TRACE, "hex")),
    );
    const asProtobuf = await send(new Uint8Array(gzipSync(protobuf)), "application/x-protobuf", {
      "content-encoding": "gzip",
    });
    expect([asProtobuf.status, await asProtobuf.text()]).toEqual([200, ""]);
    // A sender that heard no answer sends again.
    await send(json("eee19b7ec3c1b171"), "application/json");
    expect((await send("{", "application/json")).status).toBe(400);
    expect((await send("{}", "application/json", {}, "/v1/logs")).status).toBe(404);
    running.child.kill("SIGINT");
    expect(await running.ended).toBe(0);

    const result = await tokenop(["discover", "--json"], { cwd: dir });
    expect(result.code).toBe(0);
    expect(result.json()).toMatchObject({ read: 3, valid: 2, duplicate: 1 });
    const discovered = parse(await readFile(join(dir, "discovered.yaml"), "utf8"));
    expect(discovered.collectors).toContainEqual(expect.objectContaining({ id: "otel", used: true }));
    expect(discovered.cost.list_priced_events).toBe(2);
    expect(await filesWith(CANARY, dir)).toEqual([]);
  });

  it("reads a collector's file of OTLP JSON", async () => {
    const dir = await temporaryFolder();
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(dir, "traces.jsonl"), `${json("eee19b7ec3c1b171")}\n${json("eee19b7ec3c1b172")}\n`);
    const args = ["discover", "--collectors", "otel", "--input-dir", "traces.jsonl", "--json"];

    expect((await tokenop(args, { cwd: dir })).json()).toMatchObject({ read: 2, valid: 2 });
  });
});
