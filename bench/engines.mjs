// One simulated workload of a million calls on DuckDB, a real Spark, Databricks' interface and an emulated Snowflake:
// every key and whole number equal, amounts within 1e-9 relative, profile and plan the same. Prints how long each profile
// took on this machine. Installs Spark and the emulator where a Python registry is at hand.
//
//     node bench/engines.mjs [--rows 1000000]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" } } });
const { status } = spawnSync(
  process.execPath,
  [fileURLToPath(new URL("../scripts/e2e.mjs", import.meta.url)), "engines"],
  { stdio: "inherit", env: { ...process.env, TOKENOP_ENGINES_ROWS: values.rows } },
);
process.exitCode = status ?? 1;
