import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cliPath, temporaryFolder } from "../support/cli.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Step {
  readonly name: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const action = parse(await readFile(join(root, "action.yml"), "utf8")) as Action;
const HEAD =
  "cluster,provider,model,batch,requests_month,input_tokens_month,output_tokens_month,cost_usd_month\n";
const table = (cost: string): string => `${HEAD}chat,openai,gpt-5,false,100,1000,100,${cost}\n`;

let dir: string;

beforeEach(async () => {
  dir = await temporaryFolder();
  await writeFile(join(dir, "base.csv"), table("100"));
  await mkdir(join(dir, "bin"));
  // The GitHub CLI of the test: comments lie in a file, calls are noted in another.
  const gh = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>"${dir}/gh-calls"
case "$*" in *--jq*) cat "${dir}/comments" 2>/dev/null || true ;; esac
`;
  await writeFile(join(dir, "bin/gh"), gh);
  await chmod(join(dir, "bin/gh"), 0o755);
});

/** Runs the action's own steps, as the runner would, with these inputs. */
async function runAction(inputs: Record<string, string>, pullRequest = "7") {
  const values: Record<string, string> = {
    "runner.temp": dir,
    "github.action_path": root.replace(/\/$/, ""),
    "github.repository": "acme/shop",
    "github.event.pull_request.number": pullRequest,
    "github.token": "token",
  };
  for (const [name, { default: fallback = "" }] of Object.entries(action.inputs))
    values[`inputs.${name}`] = inputs[name] ?? fallback;
  const filled = (text: string): string =>
    text.replaceAll(/\$\{\{ ([^}]+) \}\}/g, (_, name: string) => values[name.trim()] ?? "");
  const codes: number[] = [];
  for (const { run, env } of action.runs.steps) {
    const given = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
    codes.push(
      await new Promise<number>((resolve) => {
        const path = [join(dir, "bin"), process.env.PATH].join(delimiter);
        const full = {
          ...given,
          PATH: path,
          HOME: dir,
          NO_COLOR: "1",
          GITHUB_OUTPUT: join(dir, "output"),
          TOKENOP: `${process.execPath} ${cliPath}`,
        };
        execFile("bash", ["-e", "-o", "pipefail", "-c", run], { cwd: dir, env: full }, (error) =>
          resolve(typeof error?.code === "number" ? error.code : error === null ? 0 : 1),
        );
      }),
    );
  }
  const read = (name: string): Promise<string> => readFile(join(dir, name), "utf8").catch(() => "");
  return {
    codes,
    comment: await read("comment.md"),
    calls: await read("gh-calls"),
    output: await read("output"),
  };
}

describe("the GitHub Action", () => {
  it("pastes no input into a script", () => {
    expect(action.runs.using).toBe("composite");
    for (const { run } of action.runs.steps) expect(run).not.toContain("${{");
  });

  it("comments once and fails where a gate does not hold", async () => {
    await writeFile(join(dir, "new.csv"), table("110"));
    const result = await runAction({
      baseline: "base.csv",
      optimized: "new.csv",
      "fail-on": "cost-increase>5%\n",
    });

    expect(result.codes).toEqual([0, 0, 3]);
    expect(result.output).toContain("exit-code=3");
    expect(result.comment).toContain("<!-- tokenop-diff -->");
    expect(result.calls).toContain("--method POST repos/acme/shop/issues/7/comments");
  });

  it("updates its comment, and removes it where there is nothing to say any more", async () => {
    await writeFile(join(dir, "comments"), "42\n");
    await writeFile(join(dir, "new.csv"), table("90"));
    const changed = await runAction({ baseline: "base.csv", optimized: "new.csv" });
    expect(changed.codes).toEqual([0, 0, 0]);
    expect(changed.calls).toContain("--method PATCH repos/acme/shop/issues/comments/42");

    const same = await runAction({ baseline: "base.csv", optimized: "base.csv", "silent-below": "1%" });
    expect(same.calls).toContain("--method DELETE repos/acme/shop/issues/comments/42");
  });

  it("takes a hostile input for a text", async () => {
    const result = await runAction({
      baseline: "base.csv",
      optimized: `$(touch ${join(dir, "owned")}).csv`,
      "fail-on": `cost>1usd; touch ${join(dir, "owned")}`,
    });

    expect(result.codes.at(-1)).toBe(2);
    expect(await readFile(join(dir, "owned"), "utf8").catch(() => null)).toBeNull();
  });

  it("does not comment where there is no pull request", async () => {
    await writeFile(join(dir, "new.csv"), table("90"));
    expect((await runAction({ baseline: "base.csv", optimized: "new.csv" }, "")).calls).toBe("");
  });
});

describe("the examples for CI", () => {
  it("give the action inputs that it has, and only the permissions that it needs", async () => {
    const workflow = parse(await readFile(join(root, "examples/ci/github-workflow.yml"), "utf8"));
    const step = workflow.jobs.diff.steps.at(-1) as { with: Record<string, string> };

    expect(Object.keys(step.with).filter((name) => action.inputs[name] === undefined)).toEqual([]);
    expect(workflow.permissions).toEqual({ contents: "read", "pull-requests": "write" });
  });

  it("call a command line that exists", async () => {
    const gitlab = parse(await readFile(join(root, "examples/ci/gitlab-ci.yml"), "utf8"));
    const [script] = gitlab["llm-cost"].script as [string];

    expect(script).toMatch(/tokenop@latest diff --baseline \S+ --optimized \S+ --format markdown --fail-on/);
  });
});
