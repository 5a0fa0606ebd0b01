import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { temporaryFolder, tokenop } from "../support/cli.js";

const ROOT = join(import.meta.dirname, "../..");

/** Formats of JSON Schema that occur here; a strict validator refuses any other. */
const FORMATS = ["date", "date-time", "uri"];

interface Listed {
  readonly name: string;
  readonly describes: string;
}

/** Every `format` in a schema that JSON Schema does not define. */
const formatsOf = (schema: object): string[] =>
  [...JSON.stringify(schema).matchAll(/"format":"([^"]+)"/g)]
    .map(([, format]) => format!)
    .filter((format) => !FORMATS.includes(format));

describe("help", () => {
  it("prints the version of the package", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };

    for (const flag of ["--version", "-V"]) {
      expect(await tokenop([flag])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
    }
  });

  it("lists every command, and each explains itself with an example", async () => {
    const { code, stdout, stderr } = await tokenop(["--help"]);
    const names = [...stdout.split("Commands:")[1]!.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name!);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(names).toEqual(
      expect.arrayContaining(["discover", "validate", "profile", "plan", "run", "report", "demo", "schema"]),
    );
    const own = names.filter((name) => name !== "help");
    const pages = await Promise.all(own.map((name) => tokenop([name, "--help"])));
    expect(pages.map((page) => page.code)).toEqual(own.map(() => 0));
    for (const [index, { stdout: page }] of pages.entries()) {
      expect(page).toContain(`Usage: tokenop ${own[index]}`);
      expect(page).toContain(`  tokenop ${own[index]}`);
      expect(page).toMatch(/^ {2}--json .*\n/m);
    }
  });

  it("shows the commands where none is given, with code 2", async () => {
    const { code, stdout, stderr } = await tokenop([]);

    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: tokenop");
  });
});

describe("schema", () => {
  it("publishes a valid JSON Schema under every name that it lists", async () => {
    const listed = (await tokenop(["schema", "--json"])).json<readonly Listed[]>();
    expect(listed.length).toBeGreaterThan(15);

    for (const { name } of listed) {
      const { code, json } = await tokenop(["schema", name]);
      expect(code, name).toBe(0);
      const schema = json<{ $schema: string; title: string }>();
      expect(schema).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: name,
      });
      expect(formatsOf(schema), name).toEqual([]);
      const ajv = new Ajv2020({ validateFormats: false, allowUnionTypes: true });
      expect(() => ajv.compile(schema), name).not.toThrow();
    }
  });

  it("knows a file by its kind too, unless a command has the name", async () => {
    const title = async (name: string): Promise<unknown> => (await tokenop(["schema", name])).json().title;

    expect(await title("policy")).toBe("policy.yaml");
    expect(await title("plan")).toBe("plan");
    expect(await title("plan.yaml")).toBe("plan.yaml");
  });

  it("names those that it has where one is unknown", async () => {
    const { code, stderr } = await tokenop(["schema", "evnt"]);

    expect(code).toBe(2);
    expect(stderr).toContain("TOP-SCHEMA-UNKNOWN");
    expect(stderr).toContain("event");
  });
});

describe("error codes", () => {
  it("are all in the reference", async () => {
    const reference = await readFile(join(ROOT, "docs/reference/errors.md"), "utf8");
    const documented = new Set([...reference.matchAll(/`(TOP-[A-Z0-9-]+)`/g)].map(([, code]) => code));
    const files = (await readdir(join(ROOT, "src"), { recursive: true })).filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
    );
    const texts = await Promise.all(files.map((file) => readFile(join(ROOT, "src", file), "utf8")));
    const used = new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/(?:["`]|error )(TOP-[A-Z0-9-]+)/g)].map(([, code]) => code!),
      ),
    );

    expect(used.size).toBeGreaterThan(20);
    expect([...used].filter((code) => !documented.has(code))).toEqual([]);
  });
});

describe("output", () => {
  it("is not spoiled by a reader that stops early", async () => {
    const { execFile } = await import("node:child_process");
    const main = join(ROOT, "dist/cli/main.js");
    const script = `"${process.execPath}" "${main}" schema profile.yaml | head -c 10`;
    const stderr = await new Promise<string>((done) =>
      execFile("bash", ["-c", script], { cwd: ROOT }, (_error, _stdout, errors) => done(errors)),
    );

    expect(stderr).toBe("");
  });

  it("holds no colour codes where colour is off", async () => {
    const cwd = await temporaryFolder();
    const { stdout, stderr } = await tokenop(["discover", "--no-color"], { cwd, env: { FORCE_COLOR: "1" } });

    expect(stdout + stderr).not.toContain("\u001b[");
  });
});
