import { join } from "node:path";
import { writeAtomically } from "../shared/artifact.js";
import { openWorkspace } from "../shared/workspace.js";
import { exists } from "./open.js";
import { POLICY_TEXT } from "./policy-text.js";

const CONFIG = `# Defaults for flags, by command. Flags win over TOKENOP_<FLAG> in the environment, which wins over this file.
apiVersion: tokenop/v1
kind: Config
defaults: {}
#  discover:
#    input-dir: ./logs
#  run:
#    quality-margin: 0.01
`;

/** Writes policy.yaml and tokenop.yaml with every default spelled out; existing files are left alone. */
export async function init(options: { readonly dir: string }): Promise<string[]> {
  const workspace = await openWorkspace(options.dir);
  const files = [
    { path: workspace.policy, text: POLICY_TEXT },
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
