import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { asJsonl, layOut, logged } from "../support/logs.js";

let folder = "";

/** One line in four is rejected: code 0 from a tolerance of 25 % on. */
beforeEach(async () => {
  const good = ["a", "b", "c"].map((id) => logged(id));
  folder = await layOut(await temporaryFolder(), { "log.jsonl": `${asJsonl(good)}{}\n` });
});

const config = (text: string): Promise<string> => layOut(folder, { "tokenop.yaml": text });

const validate = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  tokenop(["validate", ...args], { cwd: folder, env });

describe("defaults", () => {
  it.each([
    { file: null, env: null, flag: null, code: 2 },
    { file: 0.5, env: null, flag: null, code: 0 },
    { file: 0.5, env: "0.1", flag: null, code: 2 },
    { file: 0.1, env: "0.5", flag: null, code: 0 },
    { file: 0.5, env: "0.5", flag: "0.1", code: 2 },
    { file: 0.1, env: "0.1", flag: "50%", code: 0 },
  ])("file $file, environment $env, flag $flag: code $code", async ({ file, env, flag, code }) => {
    if (file !== null) await config(`defaults:\n  validate:\n    max-rejected: ${file}\n`);
    const args = flag === null ? [] : ["--max-rejected", flag];
    const result = await validate(
      ["--input", "log.jsonl", ...args],
      env === null ? {} : { TOKENOP_MAX_REJECTED: env },
    );
    expect(result.code, result.stderr).toBe(code);
  });

  it("fill also what a command cannot do without, from a folder above as well", async () => {
    await config("apiVersion: tokenop/v1\nkind: Config\ndefaults:\n  validate:\n    input: ../log.jsonl\n");
    await mkdir(join(folder, "below"));
    const below = await tokenop(["validate", "--json"], { cwd: join(folder, "below") });

    expect(below.json()).toMatchObject({ read: 4, valid: 3, rejected: 1 });
    const fromEnv = await validate(["--json"], { TOKENOP_INPUT: "log.jsonl" });
    expect(fromEnv.json()).toMatchObject({ read: 4 });
  });

  it("of a switch work in both directions", async () => {
    await config("defaults:\n  validate:\n    quiet: true\n    input: log.jsonl\n");

    expect((await validate([])).stderr).not.toContain("reading files");
    expect((await validate([], { TOKENOP_QUIET: "false" })).stderr).toContain("reading files");
  });
});

describe("a mistake in the defaults", () => {
  it.each([
    { text: "defaults: {validate: {inptu: x}}", said: ["TOP-CONFIG-FLAG", '"inptu"', "input"] },
    { text: "defaults: {profile: {sed: 1}}", said: ["TOP-CONFIG-FLAG", "defaults.profile", '"sed"', "seed"] },
    { text: "defaults: {validate: {json: true}}", said: ["TOP-CONFIG-FLAG", '"json"', "command line"] },
    { text: "defaults: {validat: {input: x}}", said: ["TOP-CONFIG-COMMAND", '"validat"', "validate"] },
    {
      text: "defaults: {validate: {max-rejected: often}}",
      said: ["TOP-CONFIG-VALUE", "defaults.validate.max-rejected", "often", "0.01 or 1%"],
    },
    { text: "defaults: {validate: {ts-unit: h}}", said: ["TOP-CONFIG-VALUE", "ts-unit", "s, ms, us, ns"] },
    {
      text: "defaults:\n  validate:\n    input: [a, b]",
      said: ["tokenop.yaml:3", '"defaults.validate.input"', "expected one text"],
    },
    { text: "defalts: {}", said: ["tokenop.yaml:1", '"defalts"'] },
    { text: "defaults: {", said: ["tokenop.yaml:", "not valid YAML"] },
  ])("$text is refused by name", async ({ text, said }) => {
    await config(`${text}\n`);
    const { code, stderr } = await validate(["--input", "log.jsonl"]);

    expect(code).toBe(2);
    for (const part of ["tokenop.yaml", ...said]) expect(stderr).toContain(part);
  });

  it("does not count where the command line says otherwise", async () => {
    await config("defaults: {validate: {max-rejected: often}}\n");
    expect((await validate(["--input", "log.jsonl", "--max-rejected", "1"])).code).toBe(0);
  });

  it("names the environment variable where the value comes from there", async () => {
    const { code, stderr } = await validate(["--input", "log.jsonl"], { TOKENOP_MAX_REJECTED: "often" });

    expect(code).toBe(2);
    expect(stderr).toContain("TOP-CONFIG-VALUE: TOKENOP_MAX_REJECTED");
    expect(stderr).toContain("0.01 or 1%");
  });
});
