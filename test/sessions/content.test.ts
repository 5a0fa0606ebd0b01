import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { filesWith } from "../support/folder-contents.js";

const KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
const READ = ["discover", "--collectors", "litellm", "--input-dir", "spend.jsonl"];

let dir: string;

beforeEach(async () => {
  dir = await temporaryFolder();
  await write(row(1));
});

const row = (ordinal: number) => ({
  request_id: `call-${ordinal}`,
  call_type: "acompletion",
  spend: 0.01,
  prompt_tokens: 100,
  completion_tokens: 10,
  startTime: `2026-11-20T05:0${ordinal}:00.000Z`,
  endTime: `2026-11-20T05:0${ordinal}:02.000Z`,
  model: "gpt-5-mini",
  custom_llm_provider: "openai",
  messages: [{ role: "user", content: `canary: write to ada@example.com with ${KEY}` }],
  response: { choices: [{ message: { role: "assistant", content: "canary: done" } }] },
});

const write = (...rows: readonly object[]): Promise<void> =>
  writeFile(join(dir, "spend.jsonl"), rows.map((one) => `${JSON.stringify(one)}\n`).join(""));

const run = (...args: readonly string[]) => tokenop([...READ, ...args], { cwd: dir });

async function contentNamed(): Promise<unknown> {
  return (parse(await readFile(join(dir, "discovered.yaml"), "utf8")) as { content?: unknown }).content;
}

it("keeps no text where none is asked for", async () => {
  const { code, stdout, stderr } = await run();

  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain("canary");
  expect(await filesWith("canary", dir)).toEqual(["spend.jsonl"]);
});

it("keeps the text that is asked for in one file of its owner, without keys and addresses", async () => {
  const { code, stdout, stderr } = await run("--include-content");

  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain("canary");
  expect((await filesWith("canary", dir)).toSorted()).toEqual(["prompts.jsonl", "spend.jsonl"]);
  const path = join(dir, "prompts.jsonl");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const kept = JSON.parse(await readFile(path, "utf8")) as { messages: { content: string }[] };
  expect(kept).toMatchObject({ event_id: "call-1", response: "canary: done" });
  expect(kept.messages[0]!.content).toBe("canary: write to [email] with [key]");
  expect(await contentNamed()).toMatchObject({ records: 1, redactions: { email: 1, key: 1, phone: 0 } });
});

it("counts text of all discoveries that were added, also across one without text", async () => {
  await run("--include-content");
  await write(row(1), row(2));
  const without = await run("--append");
  const named = await contentNamed();
  const again = await run("--append", "--include-content");

  expect([without.code, again.code]).toEqual([0, 0]);
  expect(without.stderr).not.toContain("prompts.jsonl");
  expect(named).toMatchObject({ records: 1 });
  expect(await contentNamed()).toMatchObject({ records: 2, redactions: { email: 2, key: 2 } });
  expect((await readFile(join(dir, "prompts.jsonl"), "utf8")).trim().split("\n")).toHaveLength(2);
});

it("leaves a prompts.jsonl of the user alone", async () => {
  await writeFile(join(dir, "prompts.jsonl"), "mine\n");
  const { code, stderr } = await run("--include-content");

  expect(code).toBe(2);
  expect(stderr).toContain("TOP-COLLECT-PROMPTS");
  expect(await readFile(join(dir, "prompts.jsonl"), "utf8")).toBe("mine\n");
});
