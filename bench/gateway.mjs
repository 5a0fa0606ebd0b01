// Reads the public session files of shared/data/gateway through the built CLI and compares counts and sums with the
// figures that stand beside them. Skips by name where the data is not there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const data = process.env.TOKENOP_SHARED_DATA ?? join(root, "../shared/data");
const sessions = join(
  data,
  "gateway/ccusage-fixtures/claude_projects_project-alpha_session-alpha_chat.jsonl",
);
const transcripts = join(data, "gateway/claude-code-transcripts/sample_session.jsonl");

if (!existsSync(sessions)) {
  console.log("skipped: gateway session files, for want of shared/data/gateway");
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "tokenop-gateway-"));
const discover = (input, dir) =>
  spawnSync(
    process.execPath,
    [join(root, "dist/cli/main.js"), "discover", "--collectors", "local-agents", "--input-dir", input].concat(
      ["--dir", join(folder, dir), "--events-format", "jsonl", "--json"],
    ),
    { encoding: "utf8" },
  );

let failed = 0;
function check(name, found, expected) {
  const isEqual = JSON.stringify(found) === JSON.stringify(expected);
  if (!isEqual) failed += 1;
  console.log(
    `${isEqual ? "ok  " : "FAIL"} ${name}: ${JSON.stringify(found)} (expected ${JSON.stringify(expected)})`,
  );
}

const { valid } = JSON.parse(discover(sessions, "alpha").stdout);
const events = readFileSync(join(folder, "alpha/events.jsonl"), "utf8").trim().split("\n").map(JSON.parse);
const sum = (column) => events.reduce((total, event) => total + (event[column] ?? 0), 0);
check("calls of session alpha", valid, 3);
// Canonical input includes cache writes and reads: 600 + 75 + 70.
check("input tokens", sum("input_tokens"), 745);
check(
  "of them written to and read from the cache",
  [sum("cache_write_tokens"), sum("cached_input_tokens")],
  [75, 70],
);
check("output tokens", sum("output_tokens"), 250);
check("exit code for transcripts without usage", discover(transcripts, "transcripts").status, 2);

rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;
