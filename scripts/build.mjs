// Compiles src to dist with tsc and puts the .sql and .py files beside the code that uses them.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
chmodSync(join(root, "dist/cli/main.js"), 0o755);
