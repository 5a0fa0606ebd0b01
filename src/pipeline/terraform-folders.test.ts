import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { fleetFixture, stateFixture } from "../../test/support/terraform-fixture.js";
import { workspaceAt } from "../shared/workspace.js";
import { terraformFolders } from "./terraform-folders.js";

const fleetIn = (dir: string) => {
  const fleet = fleetFixture({ terraform: { address: "aws_instance.x", dir } });
  return { id: dir, before: null, after: stateFixture(fleet) };
};

async function written(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "terraform-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, "infra", path)), { recursive: true });
    await writeFile(join(root, "infra", path), text);
  }
  return root;
}

describe("Terraform folders", () => {
  it("hold the root module's files and its local modules', in one order", async () => {
    const root = await written({
      "variables.tf": "v",
      "main.tf": "ä",
      "prod.tfvars": "p",
      "modules/gpu/main.tf": "m",
      "README.md": "no",
      "main.tf.json": "{}",
      ".terraform/modules/x/main.tf": "downloaded",
      "terraform.tfstate": "secret",
    });

    const [folder, ...others] = await terraformFolders(
      [fleetIn("infra"), fleetIn("infra")],
      workspaceAt(root),
    );

    expect(others).toEqual([]);
    expect(folder!.dir).toBe("infra");
    expect(folder!.files).toEqual([
      { path: "main.tf", text: "ä" },
      { path: "modules/gpu/main.tf", text: "m" },
      { path: "prod.tfvars", text: "p" },
      { path: "variables.tf", text: "v" },
    ]);
  });

  it("leave out what is not UTF-8, since a change could not keep its bytes", async () => {
    const root = await written({ "latin.tf": Uint8Array.of(0x23, 0xe4, 0x0a), "main.tf": "# \u{1F680}" });
    const [folder] = await terraformFolders([fleetIn("infra")], workspaceAt(root));
    expect(folder!.files.map(({ path }) => path)).toEqual(["main.tf"]);
  });

  it("are empty where they are not there, and none where no fleet names one", async () => {
    const root = await written({});
    expect(await terraformFolders([fleetIn("elsewhere")], workspaceAt(root))).toEqual([
      { dir: "elsewhere", files: [] },
    ]);
    const { terraform: _, ...fleet } = fleetFixture();
    expect(
      await terraformFolders([{ id: "x", before: null, after: stateFixture(fleet) }], workspaceAt(root)),
    ).toEqual([]);
  });
});
