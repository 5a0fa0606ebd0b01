import { join } from "node:path";
import { policySchema } from "../plan/contract.js";
import { renderYaml, writeAtomically } from "../shared/artifact.js";
import { openWorkspace } from "../shared/workspace.js";
import { exists } from "./open.js";

const CONFIG = `# Defaults for flags, by command. Flags win over TOKENOP_<FLAG> in the environment, which wins over this file.
apiVersion: tokenop/v1
kind: Config
defaults: {}
#  discover:
#    input-dir: ./logs
#  run:
#    quality-margin: 0.01
`;

const POLICY_HEAD = `# What a plan may do and what it must keep. Every field is at its default; fields are explained by
# \`tokenop schema policy.yaml\`. A share such as budget: 0.01 is one percentage point.
`;

/** Writes policy.yaml and tokenop.yaml with every default spelled out; existing files are left alone. */
export async function init(options: { readonly dir: string }): Promise<string[]> {
  const workspace = await openWorkspace(options.dir);
  const files = [
    { path: workspace.policy, text: POLICY_HEAD + renderYaml(policySchema.parse({})) },
    { path: join(workspace.dir, "tokenop.yaml"), text: CONFIG },
  ];
  const written: string[] = [];
  for (const { path, text } of files) {
    if (await exists(path)) continue;
    await writeAtomically(path, text);
    written.push(path);
  }
  return written;
}
