// Runs one heavier suite: `node scripts/e2e.mjs pack|browser|litellm`. Installs what the suite needs where that is
// possible; where it is not, says what is missing and skips the suite by name.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const LITELLM = "litellm[proxy]==1.106.2";

const has = (command, ...args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

function findChromium() {
  const found = [process.env.CHROMIUM_PATH, ...CHROMIUM].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !has("apt-get", "--version")) return null;
  spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit" });
  spawnSync("apt-get", ["install", "-y", "-qq", "chromium"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return CHROMIUM.find((path) => existsSync(path)) ?? null;
}

function installLitellm() {
  if (process.env.LITELLM_BIN !== undefined) return process.env.LITELLM_BIN;
  if (!has("python3", "-m", "venv", "--help")) return null;
  const venv = join(mkdtempSync(join(tmpdir(), "tokenop-litellm-")), "venv");
  if (spawnSync("python3", ["-m", "venv", venv], { stdio: "inherit" }).status !== 0) return null;
  const pip = spawnSync(join(venv, "bin/pip"), ["install", "-q", "--disable-pip-version-check", LITELLM], {
    stdio: "inherit",
  });
  return pip.status === 0 ? join(venv, "bin/litellm") : null;
}

const suites = {
  pack: { missing: "npm", find: () => (has("npm", "--version") ? "npm" : null), variable: "TOKENOP_E2E_NPM" },
  browser: { missing: "Chromium (set CHROMIUM_PATH)", find: findChromium, variable: "CHROMIUM_PATH" },
  litellm: {
    missing: `Python with ${LITELLM} (set LITELLM_BIN)`,
    find: installLitellm,
    variable: "LITELLM_BIN",
  },
};

const name = process.argv[2] ?? "";
const suite = suites[name];
if (suite === undefined) {
  console.error(`usage: node scripts/e2e.mjs ${Object.keys(suites).join("|")}`);
  process.exit(2);
}
const part = suite.find();
if (part === null) {
  console.log(`skipped ${name}: ${suite.missing} is missing here`);
  process.exit(0);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
const run = spawnSync(
  process.execPath,
  [vitest, "run", "--config", "vitest.e2e.config.ts", `test/e2e/${name}.test.ts`],
  { stdio: "inherit", cwd: root, env: { ...process.env, [suite.variable]: part } },
);
process.exit(run.status ?? 1);
