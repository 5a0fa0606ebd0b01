import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { demoFiles } from "../demo/files.js";
import { UsageError } from "../shared/errors.js";
import { openWorkspace, type Workspace, writeContent } from "../shared/workspace.js";
import { exists } from "./open.js";

const MARKER = "simulated-models.yaml";

/** Puts the simulated inputs where a team would put its own. An earlier demo is replaced, anything else is not. */
export async function prepareDemo(dir: string, seed: number): Promise<Workspace> {
  const started = await exists(dir);
  if (started && !(await exists(join(dir, MARKER))) && (await exists(join(dir, ".tokenop")))) {
    throw new UsageError({
      code: "TOP-DEMO-DIR",
      message: `${dir} is a workspace that is not a demo.`,
      found: "The demo would replace its events and artifacts.",
      fix: "Name another folder: tokenop demo --dir tokenop-demo",
    });
  }
  if (await exists(join(dir, MARKER))) await rm(join(dir, ".tokenop"), { recursive: true, force: true });
  const workspace = await openWorkspace(dir);
  for (const [name, text] of Object.entries(demoFiles(seed))) {
    const path = join(workspace.dir, name);
    await mkdir(dirname(path), { recursive: true });
    await (name === "prompts.jsonl" ? writeContent(path, text) : writeFile(path, text));
  }
  return workspace;
}

export interface DemoResult {
  readonly workspace: string;
  readonly report: string;
  readonly patches: readonly string[];
  readonly headline: string;
  readonly detail: string;
  readonly saving: {
    readonly plannedUsdMonth: number;
    readonly plannedShare: number;
    readonly certifiedUsdMonth: number;
    readonly certifiedShare: number;
    readonly basis: string;
  };
}

export interface DemoOptions {
  readonly dir: string;
  readonly seed: number;
}
