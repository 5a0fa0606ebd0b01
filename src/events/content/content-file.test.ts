import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { promptSchema } from "../../profile/contract.js";
import { ContentFile } from "./content-file.js";
import type { CallContent } from "./redact.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "content-"));
  path = join(folder, "prompts.jsonl");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const call = (eventId: string): CallContent => ({
  eventId,
  messages: [{ role: "user", content: `I am ${eventId}@example.com` }],
  response: "hello",
  model: "gpt-5-mini",
});

async function write(records: readonly CallContent[], append = false) {
  const file = await ContentFile.open(path, append);
  await file.keep(records);
  return file.close();
}

const lines = async () =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { event_id: string });

describe("the file of prompts", () => {
  it("holds one redacted line a call, in the form that profile reads, closed to others", async () => {
    const counts = await write([call("a"), call("b"), call("a")]);

    expect(await lines()).toEqual([
      {
        event_id: "a",
        messages: [{ role: "user", content: "I am [email]" }],
        response: "hello",
        model: "gpt-5-mini",
      },
      expect.objectContaining({ event_id: "b" }),
    ]);
    for (const line of await lines()) expect(() => promptSchema.parse(line)).not.toThrow();
    expect(counts).toMatchObject({ records: 2, redactions: { email: 2, phone: 0 } });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("keeps what it held when it is appended to", async () => {
    await write([call("a")]);
    const counts = await write([call("a"), call("b")], true);

    expect((await lines()).map(({ event_id }) => event_id)).toEqual(["a", "b"]);
    expect(counts.records).toBe(1);
  });

  it("is as it was where writing is given up", async () => {
    await write([call("a")]);
    const file = await ContentFile.open(path, false);
    await file.keep([call("b")]);
    await file.discard();

    expect((await lines()).map(({ event_id }) => event_id)).toEqual(["a"]);
  });
});
