import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { indexPrompts } from "./index-prompts.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenop-prompts-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function indexOf(text: string) {
  const path = join(folder, "prompts.jsonl");
  await writeFile(path, text);
  return indexPrompts(path, createRandom(1), new AbortController().signal);
}

describe("prompts.jsonl", () => {
  it("joins by event_id, or by the prompt's own id", async () => {
    const { entries, texts, warnings } = await indexOf(
      '{"id":"p1","event_id":"e1","prompt":"Hello","intent":"faq"}\n\n{"id":"e2","messages":[{"role":"user","content":"Hi"}]}\n',
    );

    expect(entries).toMatchObject([
      { id: "p1", eventId: "e1", line: 1, intent: "faq" },
      { id: "e2", eventId: "e2", line: 3, intent: null },
    ]);
    expect([...texts]).toEqual([
      [0, "Hello"],
      [1, "Hi"],
    ]);
    expect(warnings).toEqual([]);
  });

  it("counts bad lines by line and field and never quotes them", async () => {
    const { entries, warnings } = await indexOf(
      '{"id":"a","prompt":"kept"}\n{"id":"b","prompt":42}\n{"id":"c","prompt":"Zebulon secr\n{"prompt":"no id Zebulon"}\n',
    );

    expect(entries).toHaveLength(1);
    expect(warnings).toEqual([
      '3 of 4 prompt lines left out; the first is line 2, field "prompt": Invalid input: expected string, received number.',
    ]);
    expect(JSON.stringify(warnings)).not.toContain("Zebulon");
  });

  it("keeps the first of two prompts with one id", async () => {
    const { entries, warnings } = await indexOf('{"id":"a","prompt":"1"}\n{"id":"a","prompt":"2"}\n');

    expect(entries).toHaveLength(1);
    expect(warnings[0]).toContain("repeat an id");
    expect(warnings[0]).toContain("line 2");
  });
});
