import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../shared/artifact.js";
import type { Template } from "../contract.js";
import { EXAMPLE, exampleWith } from "../fixtures/example.js";
import { searchCatalogue } from "../search.js";
import { renderKnown } from "./known-templates.js";
import { loadCatalogue, readTemplates, shippedByHash } from "./load-templates.js";

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tokenop-templates-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

describe("the catalogue", () => {
  it("ships with the package, each template with its file in the catalogue", async () => {
    const entries = await loadCatalogue();
    const caching = entries.find(({ template }) => template.id === "prompt-caching");
    expect(caching).toMatchObject({
      origin: "shipped",
      template: { file: "templates/application-layer/prompt-caching.md" },
    });
    const ids = entries.map(({ template }) => template.id);
    expect(ids).toEqual([...ids].sort());
  });

  it("is the same from what the build noted as from its files", async () => {
    const noted = new Map(JSON.parse(renderKnown(await shippedByHash())) as [string, Template][]);
    const fromFiles = await loadCatalogue({ known: new Map() });

    expect(noted.size).toBe(fromFiles.length);
    expect(await loadCatalogue({ known: noted })).toEqual(fromFiles);
  });

  it("goes by a file's text, not its name: a template that was changed is read anew", async () => {
    const ownDir = await folderWith({ "example.md": EXAMPLE });
    const [noted] = [...(await shippedByHash()).values()];
    const known = new Map([[sha256(EXAMPLE), noted!]]);
    const owned = async () =>
      (await loadCatalogue({ ownDir, known })).filter(({ origin }) => origin === "own");

    expect(await owned()).toMatchObject([{ template: { id: noted!.id, file: join(ownDir, "example.md") } }]);
    await writeFile(join(ownDir, "example.md"), `${EXAMPLE}\n`);
    expect(await owned()).toMatchObject([{ template: { id: "example-caching" } }]);
  });

  it("takes the user's own templates beside it, the user's first where ids are equal", async () => {
    const ownDir = await folderWith({
      "application-layer/example-caching.md": EXAMPLE,
      "application-layer/prompt-caching.md": exampleWith(["id: example-caching", "id: prompt-caching"]),
      "validations/example-caching/reviews.md": "# Reviews\n",
      "README.md": "# Ours\n",
    });
    const entries = await loadCatalogue({ ownDir });
    const own = entries.filter(({ origin }) => origin === "own").map(({ template }) => template.id);
    expect(own).toEqual(["example-caching", "prompt-caching"]);
    expect(entries.filter(({ template }) => template.id === "prompt-caching")).toHaveLength(1);
  });

  it("is not used where one template is not wholly understood", async () => {
    const wrong = await folderWith({
      "example-caching.md": exampleWith(["lever: exact-cache", "leverage: much"]),
    });
    await expect(loadCatalogue({ ownDir: wrong })).rejects.toMatchObject({
      code: "TOP-TEMPLATE-SCHEMA",
      exitCode: 2,
    });
    const uncompiled = await folderWith({
      "example-caching.md": exampleWith(["for 30 minutes", "for ever"]),
    });
    await expect(loadCatalogue({ ownDir: uncompiled })).rejects.toMatchObject({
      code: "TOP-TEMPLATE-CONDITION",
      message: expect.stringContaining("monitoring.rollback_triggers.0.condition"),
    });
  });

  it("names a folder that is not there, or holds no template", async () => {
    const empty = await folderWith({ "notes.txt": "x" });
    for (const ownDir of ["/nowhere/at/all", empty]) {
      const error = await loadCatalogue({ ownDir }).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: "TOP-TEMPLATE-MISSING", exitCode: 2 });
      expect((error as Error).message).toContain(ownDir);
    }
  });

  it("reads single files, and reports those that are no templates beside those that are", async () => {
    const folder = await folderWith({ "a/example-caching.md": EXAMPLE, "b/page.md": "# A page\n" });
    const paths = [join(folder, "a/example-caching.md"), join(folder, "b")];
    const { parsed, problems } = await readTemplates(paths);
    expect(parsed.map(({ template }) => template.id)).toEqual(["example-caching"]);
    expect(problems).toMatchObject([{ code: "TOP-TEMPLATE-FORMAT", file: join(folder, "b/page.md") }]);
  });
});

describe("search", () => {
  it("wants every word, and puts names before prose", async () => {
    const ownDir = await folderWith({
      "example-caching.md": EXAMPLE,
      "other-saving.md": exampleWith(
        ["id: example-caching", "id: other-saving"],
        ["name: Example cache", "name: Other"],
      ),
    });
    const own = (await loadCatalogue({ ownDir })).filter(({ origin }) => origin === "own");
    const ids = (text: string) => searchCatalogue(own, text).map(({ template }) => template.id);
    expect(ids("CACHE")).toEqual(["example-caching", "other-saving"]);
    expect(ids("other")).toEqual(["other-saving", "example-caching"]);
    expect(ids("cache zeppelin")).toEqual([]);
    expect(ids("lifetime")).toEqual(["example-caching", "other-saving"]);
  });
});
