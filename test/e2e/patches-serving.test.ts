import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const wheels = process.env.TOKENOP_WHEELS!;
const reviewed: Record<string, { readonly version: string; readonly flags: readonly string[] }> = JSON.parse(
  readFileSync(new URL("../../src/patches/fixtures/serving-arguments.json", import.meta.url), "utf8"),
);
const reader = new URL("patches/arguments.py", import.meta.url).pathname;

/** Unit tests hold every emitted flag to the reviewed list; here the list is held to the engine itself. */
describe("the reviewed list of launch arguments", () => {
  it.each(["vllm", "sglang"])("is what %s publishes", (engine) => {
    const { version, flags } = reviewed[engine]!;
    const wheel = readdirSync(wheels).find((name) => name.startsWith(`${engine}-${version}-`))!;

    const published = execFileSync("python3", [reader, engine, join(wheels, wheel)], { encoding: "utf8" });

    expect(JSON.parse(published)).toEqual(flags);
  });
});
