// Checks the import directions of docs/decisions/0002-import-directions.md, the one-door rules, and file sizes.
// Prints `file:line: rule` for each breach and exits 1. Part of `npm run lint`; the rules are tested in
// test/architecture.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const STAGES = ["collect", "events", "profile", "plan", "run", "report", "patches"];

/** Rooms whose every file may be imported, per importing room. Contracts of stages come on top. */
const MAY_IMPORT = {
  shared: [],
  listen: ["shared"],
  stats: ["shared"],
  pricing: ["shared"],
  warehouse: ["shared"],
  engine: ["shared", "warehouse"],
  hcl: ["shared"],
  serving: ["shared", "stats"],
  templates: ["shared", "stats"],
  levers: ["shared", "stats", "pricing", "serving"],
  demo: ["shared"],
  collect: ["shared", "hcl", "warehouse"],
  events: ["shared", "pricing", "engine/contract"],
  profile: ["shared", "pricing", "stats", "engine/contract", "serving/contract"],
  plan: ["shared", "pricing", "stats", "levers", "serving"],
  run: ["shared", "pricing", "stats"],
  report: ["shared", "stats"],
  patches: ["shared", "hcl"],
  pipeline: [
    "shared",
    "listen",
    "stats",
    "pricing",
    "engine",
    "serving",
    "templates",
    "levers",
    "demo",
    ...STAGES,
  ],
  index: ["shared", "stats", "pricing", "engine", "serving", "templates", "levers", "pipeline", ...STAGES],
  cli: ["shared", "pipeline"],
};

/** Contracts a room may read: a stage sees the stages before it, levers see the workload. */
const MAY_READ_CONTRACT = {
  levers: ["profile"],
  collect: ["events", "serving"],
  events: ["serving"],
  profile: ["events"],
  plan: ["events", "profile", "templates"],
  run: ["events", "profile", "plan"],
  report: ["events", "profile", "plan", "run", "patches"],
  patches: ["events", "profile", "plan", "run", "serving"],
  demo: ["events", "profile", "plan", "run"],
  cli: ["engine", "levers", "serving", "templates", ...STAGES],
};

const DOORS = [
  { packages: ["@duckdb/node-api"], home: "src/engine/duckdb/" },
  { packages: ["commander", "picocolors", "cli-table3"], home: "src/cli/" },
  { packages: ["openai", "@anthropic-ai/sdk"], home: "src/run/executors/" },
  { packages: ["highs"], home: "src/plan/search/" },
  { packages: ["@marcbachmann/cel-js"], home: "src/templates/" },
  { packages: ["yaml"], home: "src/shared/" },
  { packages: ["diff"], home: "src/patches/terraform/" },
  {
    packages: ["web-tree-sitter", "@tree-sitter-grammars/tree-sitter-hcl", "@cdktf/hcl2json"],
    home: "src/hcl/",
  },
  { packages: ["protobufjs"], home: "src/collect/otel/" },
  { packages: ["node:http"], home: "src/listen/" },
  { packages: ["node:https", "node:net", "node:tls", "undici"], home: "src/shared/net" },
];

const HANDED_IN = [
  { pattern: /\bDate\.now\(|\bnew Date\(\)/, name: "the clock" },
  { pattern: /\bMath\.random\(/, name: "randomness" },
  { pattern: /\bprocess\.(env|argv|exit|stdout|stderr)\b/, name: "the process" },
  { pattern: /(?<![.\w])fetch\(/, name: "the network" },
];

const MAXIMUM_LINES = 400;
const MAXIMUM_COMMAND_LINES = 80;

const roomOf = (file) => {
  const [, first] = file.split("/");
  return first.includes(".") ? first.replace(/\.ts$/, "") : first;
};

function importBreach(file, specifier) {
  if (!specifier.startsWith(".")) {
    const door = DOORS.find(({ packages }) =>
      packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)),
    );
    return door !== undefined && !file.startsWith(door.home)
      ? `only ${door.home} imports ${specifier}`
      : null;
  }
  const target = posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, ".ts");
  const from = roomOf(file);
  const to = roomOf(target);
  if (from === to) return adapterBreach(file, target);
  const allowed = MAY_IMPORT[from] ?? [];
  if (allowed.includes(to)) return null;
  const isContract = target === `src/${to}/contract.ts`;
  if (isContract && (allowed.includes(`${to}/contract`) || MAY_READ_CONTRACT[from]?.includes(to)))
    return null;
  const allowedList = [...allowed, ...(MAY_READ_CONTRACT[from] ?? []).map((room) => `${room}/contract`)];
  return `${from} may not import ${target.slice(4)} (allowed: ${allowedList.join(", ") || "nothing of ours"})`;
}

/** Peers in an adapter folder never import one another; the shared part of a room is its own files. */
function adapterBreach(file, target) {
  const folder = /^src\/(collect|engine|warehouse)\/(?!inputs\/|exports\/|spool\/|platform\/)([^/]+)\//;
  const [from, to] = [folder.exec(file), folder.exec(target)];
  return from !== null && to !== null && from[2] !== to[2]
    ? `adapter ${from[2]} may not import adapter ${to[2]}`
    : null;
}

function breachesOfLine(file, line) {
  const found = [];
  for (const match of line.matchAll(/(?:from\s+|import\(\s*|import\s+)["']([^"']+)["']/g)) {
    const breach = importBreach(file, match[1]);
    if (breach !== null) found.push(breach);
  }
  if (!file.startsWith("src/cli/")) {
    const code = line.replace(/\/\/.*$|^\s*\*.*$/, "");
    for (const { pattern, name } of HANDED_IN) {
      if (pattern.test(code) && !file.startsWith("src/shared/net"))
        found.push(`${name} is handed in, never taken`);
    }
  }
  return found;
}

/** Breaches of one file's text; `file` is relative to the repository, with forward slashes. */
export function checkFile(file, text) {
  const lines = text.split("\n");
  const limit = /^src\/cli\/commands\//.test(file) ? MAXIMUM_COMMAND_LINES : MAXIMUM_LINES;
  const breaches = lines.flatMap((line, index) =>
    breachesOfLine(file, line).map((rule) => ({ file, line: index + 1, rule })),
  );
  if (lines.length - 1 > limit) breaches.push({ file, line: limit + 1, rule: `more than ${limit} lines` });
  return breaches;
}

export function checkTree(root) {
  return readdirSync(join(root, "src"), { recursive: true })
    .map((entry) => `src/${entry.split(sep).join("/")}`)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.includes("/fixtures/"))
    .sort()
    .flatMap((file) => checkFile(file, readFileSync(join(root, file), "utf8")));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..");
  const breaches = checkTree(root);
  for (const { file, line, rule } of breaches)
    console.error(`${relative(".", join(root, file))}:${line}: ${rule}`);
  console.error(
    breaches.length === 0 ? "architecture: no breach" : `architecture: ${breaches.length} breach(es)`,
  );
  process.exitCode = breaches.length === 0 ? 0 : 1;
}
