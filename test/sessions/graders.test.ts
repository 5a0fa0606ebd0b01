import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { type RunJson, readEvaluation, writeLines } from "../support/session.js";

interface Line {
  readonly reference?: unknown;
  readonly grader: unknown;
  readonly big: string;
  readonly small: string;
}

/** Replays both models' answers to each line, as a claim about these samples. */
async function replay(lines: readonly Line[], flags: readonly string[] = [], dir?: string) {
  const folder = dir ?? (await temporaryFolder());
  const recordings = lines.flatMap(({ big, small, ...line }, index) => [
    { sample_id: index, model: "big", response: big, ...line },
    { sample_id: index, model: "small", response: small },
  ]);
  const path = await writeLines(folder, "recordings.jsonl", recordings);
  const models = ["--baseline", "big", "--candidates", "small", "--population", "samples"];
  const command = ["run", "--mode", "replay", "--recordings", path, ...models, "--dir", folder, "--json"];
  const result = await tokenop([...command, ...flags], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", OPENAI_API_KEY: "sk-never-shown" },
  });
  return { ...result, dir: folder };
}

const decisionOf = (result: CliResult) => result.json<RunJson>().decisions[0]!;

describe("graders of a run", () => {
  it("list what they score and which options they take, as text and as JSON", async () => {
    const [text, json] = await Promise.all([
      tokenop(["run", "--list-graders"]),
      tokenop(["run", "--list-graders", "--json"]),
    ]);
    const { graders } = json.json<{
      graders: { id: string; executes: boolean; options: { name: string }[] }[];
    }>();
    for (const { id, options } of graders)
      for (const word of [id, ...options.map(({ name }) => name)]) expect(text.stdout).toContain(word);
    expect(graders.filter(({ executes }) => executes).map(({ id }) => id)).toEqual(["command", "code"]);
    expect(text.stdout).toContain("--allow-exec");
  });

  it("give part of the points for fields, labels and words", async () => {
    const graded = await replay([
      { grader: "json-field-match", reference: { a: 1, b: 2 }, big: '{"b": 2, "a": 1}', small: '{"a": 1}' },
      { grader: "label-f1", reference: ["x"], big: "x", small: "x, y, z" },
      { grader: "rouge-l", reference: "one two three four", big: "one two three four", small: "one four" },
      { grader: { kind: "similarity", features: "words" }, reference: "a c", big: "a c", small: "a b" },
    ]);
    const expected = (1 / 2 + 1 / 2 + 2 / 3 + 1 / 3) / 4;
    expect(decisionOf(graded)).toMatchObject({ n: 4, baseline_score: 1 });
    expect(decisionOf(graded).candidate_score).toBeCloseTo(expected, 12);
  });
});

describe("graders that run programs", () => {
  it("are refused by name of the flag, before anything runs", async () => {
    const dir = await temporaryFolder();
    const command = [process.execPath, "-e", 'require("fs").writeFileSync("ran", "")'];
    const refused = await replay([{ grader: { kind: "command", command }, big: "a", small: "b" }], [], dir);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("TOP-RUN-EXEC");
    expect(refused.stderr).toContain("--allow-exec");
    const allowed = await replay(
      [{ grader: { kind: "command", command }, big: "a", small: "b" }],
      ["--allow-exec"],
      dir,
    );
    expect((await readEvaluation(allowed.dir)).warnings).toEqual([
      expect.stringContaining("printed no number from 0 to 1"),
    ]);
  });

  it("score by a program of the user's, which sees the answer and no key", async () => {
    const dir = await temporaryFolder();
    const script = join(dir, "score");
    await writeFile(
      script,
      `#!/usr/bin/env node
const { response, reference } = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(process.env.OPENAI_API_KEY === undefined && response.includes(reference.must) ? 1 : 0.25);
`,
    );
    await chmod(script, 0o755);
    const grader = { kind: "command", command: [script] };
    const lines = [{ grader, reference: { must: "refund" }, big: "a refund", small: "sorry" }];
    const graded = await replay(lines, ["--allow-exec"], dir);
    expect(decisionOf(graded)).toMatchObject({ baseline_score: 1, candidate_score: 0.25 });
  });

  it("score code by its tests", async () => {
    const reference = ["assert.equal(double(2), 4)", "assert.equal(double(3), 6)"];
    const big = "Sure:\n```js\nconst double = (n) => 2 * n;\n```";
    const small = "```js\nconst double = (n) => n + 2;\n```";
    const graded = await replay([{ grader: "code", reference, big, small }], ["--allow-exec"]);
    expect(decisionOf(graded)).toMatchObject({ baseline_score: 1, candidate_score: 0.5 });
  });

  it("end the run with the program's name where it cannot be started", async () => {
    const grader = { kind: "command", command: ["./no-such-program"] };
    const failed = await replay([{ grader, big: "a", small: "b" }], ["--allow-exec"]);
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain("TOP-RUN-COMMAND");
    expect(failed.stderr).toContain("./no-such-program");
  });
});
