#!/usr/bin/env node
// Starts in a few milliseconds: everything but the version is loaded on demand.
import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const [first, ...rest] = process.argv.slice(2);
if ((first === "--version" || first === "-V") && rest.length === 0) {
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import("./program.js");
  process.exitCode = await main(process.argv, version);
}
