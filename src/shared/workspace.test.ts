import { mkdtemp, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorkspace, purgeContent, writeContent } from "./workspace.js";

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "tokenop-workspace-"));

describe("a workspace", () => {
  it("keeps content and caches out of version control without touching what the user ignores", async () => {
    const dir = await folder();
    await writeFile(join(dir, ".gitignore"), "mine/");
    await openWorkspace(dir);
    await openWorkspace(dir);
    const lines = (await readFile(join(dir, ".gitignore"), "utf8")).trimEnd().split("\n");
    expect(lines).toEqual([...new Set(lines)]);
    expect(lines).toEqual(expect.arrayContaining(["mine/", "prompts.jsonl", "samples.jsonl", ".tokenop/"]));
  });

  it("writes content for its owner only, also over a wider file", async () => {
    const { samples } = await openWorkspace(await folder());
    await writeFile(samples, "", { mode: 0o644 });
    await writeContent(samples, "{}\n");
    expect((await stat(samples)).mode & 0o777).toBe(0o600);
  });

  it("closes prompts that lay there open to other users, and leaves a link's target alone", async () => {
    const dir = await folder();
    const elsewhere = join(await folder(), "shared.jsonl");
    await writeFile(join(dir, "prompts.jsonl"), "{}\n", { mode: 0o644 });
    await writeFile(elsewhere, "{}\n", { mode: 0o644 });
    await symlink(elsewhere, join(dir, "samples.jsonl"));
    await openWorkspace(dir);
    expect((await stat(join(dir, "prompts.jsonl"))).mode & 0o777).toBe(0o600);
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o644);
  });

  it("purges every content-bearing file and nothing else", async () => {
    const workspace = await openWorkspace(await folder());
    for (const path of [workspace.prompts, workspace.samples, workspace.results])
      await writeContent(path, "x");
    await writeFile(join(workspace.journal, "a.jsonl"), "x");
    await writeFile(workspace.profile, "kept");
    expect(await purgeContent(workspace)).toEqual([
      "prompts.jsonl",
      "samples.jsonl",
      "results.jsonl",
      ".tokenop/journal/",
    ]);
    expect(await readFile(workspace.profile, "utf8")).toBe("kept");
    expect(await purgeContent(workspace)).toEqual([]);
  });
});
