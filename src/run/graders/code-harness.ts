/**
 * Runs in the child process. Reads code and tests, loads the code as a script, or as a module where it is no script,
 * and evaluates each test in the code's own scope, so that it sees functions that were not exported. A test passes
 * unless it throws. `assert` (node:assert/strict) is there for all of them.
 *
 * The report goes to descriptor 3, one digit a test, after the last of them: code that prints, or exits early, cannot
 * pass by accident. Code that wants to cheat can; it runs in the same process.
 */
export const CODE_HARNESS = `
const { readFileSync, writeSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { code, tests } = JSON.parse(readFileSync(0, "utf8"));
// Taken before the code runs, which might replace it.
const { exit } = process;
const hook = "__tokenopEvaluate";
const withHook = code + "\\n;globalThis." + hook + " = (source) => eval(source);";
globalThis.assert = require("node:assert/strict");
const asScript = () => {
  const module = { exports: {} };
  const body = new Function("require", "module", "exports", withHook);
  return body.bind(globalThis, createRequire(join(process.cwd(), "answer.js")), module, module.exports);
};
const load = async () => {
  let script = null;
  try {
    script = asScript();
  } catch {
    await import("data:text/javascript;base64," + Buffer.from(withHook).toString("base64"));
  }
  script?.();
};
(async () => {
  await load();
  const evaluate = globalThis[hook];
  let report = "";
  for (const test of tests) {
    try {
      await evaluate("(async () => {" + test + "\\n})()");
      report += "1";
    } catch {
      report += "0";
    }
  }
  writeSync(3, report);
  exit(0);
})().catch(() => exit(1));
`;
