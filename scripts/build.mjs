// Compiles src to dist with tsc, puts the .sql and .py files beside the code that uses them, and notes the shipped
// templates as they read, so that a plan need not read them anew.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(join(root, "dist"), { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
  cwd: root,
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
cpSync(join(root, "src"), join(root, "dist"), {
  recursive: true,
  filter: (path) => !/\.[a-z]+$/.test(path) || /\.(sql|py)$/.test(path),
});
const load = (file) => import(pathToFileURL(join(root, "dist/templates/load", file)).href);
const { shippedByHash } = await load("load-templates.js");
const { renderKnown } = await load("known-templates.js");
writeFileSync(join(root, "dist/templates/known-templates.json"), renderKnown(await shippedByHash()));
chmodSync(join(root, "dist/cli/main.js"), 0o755);
