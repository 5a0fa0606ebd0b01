import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { grade, testGrading } from "../fixtures/grade.js";
import { temporaryFolder } from "../fixtures/setup.js";
import { checkExec, type GraderSpec, gradeAnswer } from "./index.js";
import { findGrader, GRADERS } from "./registry.js";

/** A grader program in one line of JavaScript; `input` is what it was given. */
const program = (body: string, overrides: Record<string, unknown> = {}): GraderSpec => ({
  kind: "command",
  command: [
    process.execPath,
    "-e",
    `const input = JSON.parse(require("fs").readFileSync(0, "utf8")); ${body}`,
  ],
  ...overrides,
});

const missingWith = async (grader: GraderSpec, response = "x", reference: unknown = "y") =>
  (await gradeAnswer({ id: "s", reference, grader }, { text: response, score: null }, testGrading())).missing;

/** First letter of a process's state; empty where it is gone, Z where only its exit code is left. */
const stateOf = (pid: string): string =>
  spawnSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" }).stdout.trim().slice(0, 1);

describe("graders that run programs", () => {
  const executing = GRADERS.filter(({ executes }) => executes === true);

  it("are the two that say so", () => {
    expect(executing.map(({ id }) => id)).toEqual(["command", "code"]);
  });

  it.each(["command", "code"])("are refused until somebody allows them: %s", async (kind) => {
    const refusal = { code: "TOP-RUN-EXEC", exitCode: 2, fix: expect.stringContaining("--allow-exec") };
    expect(() => checkExec(findGrader(kind)!, "s", false)).toThrowError(expect.objectContaining(refusal));
    const grader = kind === "command" ? program("console.log(1)") : kind;
    const sample = { id: "s", reference: "assert(true)", grader };
    await expect(
      gradeAnswer(sample, { text: "", score: null }, testGrading({ allowExec: false })),
    ).rejects.toMatchObject(refusal);
  });

  it.each([
    ["command", program("setInterval(() => {}, 1000)"), ""],
    ["code", "code", "setInterval(() => {}, 1000); await new Promise(() => {})"],
  ])("give no grade where the run is interrupted: %s", async (_, grader, response) => {
    const controller = new AbortController();
    const grading = testGrading({ signal: controller.signal });
    const graded = gradeAnswer({ id: "s", reference: "0", grader }, { text: response, score: null }, grading);
    setTimeout(() => controller.abort(new Error("interrupted")), 50);
    await expect(graded).rejects.toThrow("interrupted");
  });
});

describe("command", () => {
  it("is given response and reference as JSON and prints the score", async () => {
    const share = program("console.log(input.response.length / input.reference.limit)");
    expect(await grade(share, "12345", { limit: 10 })).toBe(0.5);
    expect(await grade(program("console.log(input.reference === null ? 1 : 0)"), "x")).toBe(1);
  });

  it("passes its arguments through no shell", async () => {
    const echo: GraderSpec = {
      kind: "command",
      command: [
        process.execPath,
        "-e",
        "console.log(process.argv[1] === '$HOME; echo 1' ? 1 : 0)",
        "$HOME; echo 1",
      ],
    };
    expect(await grade(echo, "x")).toBe(1);
  });

  it("sees nothing of the environment but what programs need to start", async () => {
    const names = program(
      "console.log(Object.keys(process.env).some((name) => /KEY|TOKEN/.test(name)) ? 0 : 1)",
    );
    const path = program('console.log(process.env.PATH === "/somewhere" ? 1 : 0)');
    const env = { PATH: "/somewhere", OPENAI_API_KEY: "sk-1", GITHUB_TOKEN: "t" };
    for (const grader of [names, path]) {
      const sample = { id: "s", reference: null, grader };
      expect((await gradeAnswer(sample, { text: "x", score: null }, testGrading({ env }))).score).toBe(1);
    }
  });

  it.each([
    ["fails", "process.exit(3)", {}, "ended with exit code 3"],
    ["prints words", 'console.log("good")', {}, "printed no number from 0 to 1"],
    ["prints nothing", "", {}, "printed no number from 0 to 1"],
    ["prints a number beyond 1", "console.log(1.5)", {}, "printed no number from 0 to 1"],
    ["is killed", 'process.kill(process.pid, "SIGKILL")', {}, "was killed"],
    ["does not end", "setInterval(() => {}, 1000)", { timeout_ms: 300 }, "ran out of time"],
    ["prints without end", 'for (;;) require("fs").writeSync(1, "1".repeat(4096))', {}, "printed too much"],
  ])("gives no grade, and says why, where the program %s", async (_, body, overrides, reason) => {
    expect(await missingWith(program(body, overrides))).toBe(`grader command ${reason}`);
  });

  it("ends the run where the program cannot be started, since every answer would fail alike", async () => {
    await expect(grade({ kind: "command", command: ["./no-such-program"] }, "x")).rejects.toMatchObject({
      code: "TOP-RUN-COMMAND",
      exitCode: 2,
      message: expect.stringContaining("./no-such-program"),
      found: expect.stringContaining("ENOENT"),
    });
  });

  it("grades although the program reads none of a long input", async () => {
    const deaf: GraderSpec = { kind: "command", command: [process.execPath, "-e", "console.log(1)"] };
    expect(await grade(deaf, "x".repeat(5_000_000))).toBe(1);
  });
});

describe("code", () => {
  const fenced = (body: string, tag = "js"): string => `Here it is:\n\n\`\`\`${tag}\n${body}\n\`\`\`\nDone.`;
  const ADD = "function add(a, b) { return a + b; }";

  it.each([
    ["a function", fenced(ADD), 1],
    ["an unnamed block", fenced(ADD, ""), 1],
    ["bare code", "const add = (a, b) => a + b;", 1],
    ["a module", fenced('import { sep } from "node:path";\nexport const add = (a, b) => a + b;'), 1],
    ["top-level await", fenced("const add = await Promise.resolve((a, b) => a + b);"), 1],
    [
      "CommonJS",
      fenced(
        'const assert = require("node:assert");\nmodule.exports = { add };\nfunction add(a, b) { return a + b; }',
      ),
      1,
    ],
    ["a wrong function", fenced("const add = (a, b) => a - b;"), 0],
    ["half of the cases", fenced("const add = (a, b) => (a === 1 ? 3 : 0);"), 1 / 2],
    ["no code at all", "I cannot help with that.", 0],
    ["the block that is JavaScript", `${fenced("add = None", "python")}\nOr:\n${fenced(ADD)}`, 1],
    ["a block with a title", fenced(ADD, "js title=add.js"), 1],
    ["a block that was cut off its end", fenced(ADD).split("\n```\n")[0]!, 1],
    ["no later block than the first", `${fenced(ADD)}\n${fenced("add(")}`, 1],
    ["another language", fenced("def add(a, b):\n  return a + b", "python"), 0],
  ])("grades %s by the share of tests that pass", async (_, response, score) => {
    const tests = ["assert.equal(add(1, 2), 3)", "assert.equal(add(2, 2), 4)"];
    expect(await grade("code", response, tests)).toBe(score);
  });

  it("waits for tests that are asynchronous, and fails one that is no JavaScript alone", async () => {
    const tests = ["await assert.rejects(fail())", "assert.equal(await fail().catch(() => 1), 2)", "(("];
    expect(await grade("code", "async function fail() { throw new Error(); }", tests)).toBe(1 / 3);
  });

  it("gives the code neither environment nor files, and leaves nothing behind", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("tokenop-code-"));
    const response = 'const fs = require("node:fs"); fs.writeFileSync("left.txt", "x");';
    const tests = [
      "assert.deepEqual(Object.keys(process.env), [])",
      'assert.deepEqual(fs.readdirSync("."), ["left.txt"])',
    ];
    expect(await grade("code", response, tests)).toBe(1);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith("tokenop-code-"));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it.each([
    ["never ends", "for (;;) {}", { timeout_ms: 500 }],
    ["waits for ever", "await new Promise(() => setInterval(() => {}, 1000))", { timeout_ms: 500 }],
    [
      "takes all memory",
      "const all = []; for (;;) all.push(new Array(1e6).fill(0).map(String));",
      { memory_mb: 32 },
    ],
    [
      "prints without end",
      'for (;;) require("fs").writeSync(1, "x".repeat(4096));',
      { max_output_bytes: 65_536 },
    ],
    ["exits before its tests", "process.exit(0)", {}],
    ["fails after loading", 'Promise.reject(new Error("late")); await new Promise(setImmediate);', {}],
  ])("scores 0 for code that %s", async (_, response, limits) => {
    expect(await grade({ kind: "code", ...limits }, response, "assert(true)")).toBe(0);
  });

  it("ends what the code started", async () => {
    const file = join(temporaryFolder(), "pid");
    const stray = `spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" })`;
    const response = `const { spawn } = require("node:child_process");
      require("node:fs").writeFileSync(${JSON.stringify(file)}, String(${stray}.pid));`;
    expect(await grade("code", response, "assert(true)")).toBe(1);
    const pid = readFileSync(file, "utf8");
    await vi.waitFor(() => expect(stateOf(pid)).toMatch(/^Z?$/), { timeout: 5_000, interval: 20 });
  });

  it("calls a reference that holds no tests missing", async () => {
    expect(await grade("code", ADD, { tests: [] })).toBeNull();
    expect(await grade("code", ADD)).toBeNull();
  });
});
