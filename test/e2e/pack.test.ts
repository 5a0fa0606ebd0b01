import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the packed tarball, installed globally into an empty folder", () => {
  let prefix: string;
  let binary: string;

  beforeAll(async () => {
    prefix = await mkdtemp(join(tmpdir(), "tokenop-pack-"));
    const [packed] = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", prefix], {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    ) as [{ filename: string }];
    const tarball = join(
      prefix,
      readdirSync(prefix).find((name) => name.endsWith(".tgz")) ?? packed.filename,
    );
    execFileSync("npm", ["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", tarball], {
      stdio: "ignore",
    });
    binary = join(prefix, "bin/tokenop");
  });

  it("prints its version", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(execFileSync(binary, ["--version"], { encoding: "utf8" }).trim()).toBe(version);
  });

  it("brings the catalogue of templates", () => {
    const listed = execFileSync(binary, ["templates", "list", "--json"], { encoding: "utf8", cwd: prefix });
    const { templates } = JSON.parse(listed) as { templates: { id: string; origin: string }[] };
    expect(templates).toContainEqual(expect.objectContaining({ id: "prompt-caching", origin: "shipped" }));
  });

  it("brings the statements of data platforms and the server for Spark", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tokenop-pack-"));
    writeFileSync(
      join(folder, "tokenop.yaml"),
      "sources:\n  - { collector: snowflake, account: myorg-myaccount }\n" +
        "  - { collector: databricks, host: dbc-1.cloud.databricks.com, warehouse_id: w-1 }\n",
    );
    const explained = execFileSync(
      binary,
      ["discover", "--collectors", "snowflake,databricks", "--explain"],
      {
        encoding: "utf8",
        cwd: folder,
      },
    );
    expect(explained).toContain("FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_REST_API_USAGE_HISTORY");
    expect(explained).toContain("FROM system.serving.endpoint_usage");
    const installed = join(prefix, "lib/node_modules/@kalmantic/tokenop/dist");
    expect(existsSync(join(installed, "engine/spark/statement_server.py"))).toBe(true);
  });

  it("runs the demo and leaves a report and patches", () => {
    const workspace = join(prefix, "workspace");
    const output = JSON.parse(
      execFileSync(binary, ["demo", "--dir", workspace, "--json"], {
        encoding: "utf8",
        cwd: prefix,
        stdio: ["ignore", "pipe", "ignore"],
      }),
    ) as { report: string; patches: string[]; saving: { planned_share: number } };
    expect(statSync(output.report).size).toBeGreaterThan(10_000);
    expect(output.patches.length).toBeGreaterThan(0);
    expect(output.saving.planned_share).toBeGreaterThan(0.2);
  });
});
