import { hclFault } from "../../hcl/edit-check.js";
import { locateHcl } from "../../hcl/edit-tree.js";
import { UsageError } from "../../shared/errors.js";
import type { Patch, PatchInput, PatchWriter, TerraformFolder } from "../contract.js";
import { type ChangedFleet, changedFleets } from "../fleets.js";
import { approvalLines, onOneLine, SIMULATED_NOTE, uncertifiedLines } from "../guard.js";
import { uniqueAlias } from "../routes.js";
import { changeFleet, type FleetReport, wantedLines } from "./change-fleet.js";
import { type FileChange, unifiedDiff } from "./diff.js";
import { openDraft } from "./draft.js";
import { type Wishes, wishesOf } from "./wishes.js";

type Wanted = ChangedFleet & { readonly wishes: Wishes };

export const terraform: PatchWriter = {
  id: "terraform",
  summary: "Terraform: spot, machine type, numbers and commitments, as a diff of your own .tf files",
  async write(input) {
    const fleets = changedFleets(input).flatMap((fleet): Wanted[] => {
      const wishes = wishesOf(fleet);
      return wishes === null || fleet.after.fleet.terraform === undefined ? [] : [{ ...fleet, wishes }];
    });
    const folders = (input.terraform ?? []).flatMap((folder) => {
      const own = fleets.filter(({ after }) => after.fleet.terraform!.dir === folder.dir);
      return own.length === 0 ? [] : [{ folder, own }];
    });
    const taken = new Set<string>();
    return Promise.all(
      folders.map(({ folder, own }) => {
        const name = folders.length === 1 ? "terraform" : uniqueAlias(`terraform-${folder.dir}`, taken);
        return patchOf(name, folder, own, input);
      }),
    );
  },
};

async function patchOf(
  name: string,
  folder: TerraformFolder,
  fleets: readonly Wanted[],
  input: PatchInput,
): Promise<Patch> {
  const draft = openDraft(folder);
  const reports: FleetReport[] = [];
  // One after another: two fleets may stand in one file.
  for (const fleet of fleets)
    reports.push(
      await changeFleet(fleet, fleet.wishes, draft, folder).catch((fault) => withoutGrammar(fault, fleet)),
    );
  const { changes, unread } = await readable(draft.changes());
  const isDiff = changes.length > 0;
  const file = isDiff ? `${name}.diff` : `${name}.md`;
  const lines = headerLines(file, folder, fleets, reports, { changes, unread }, input);
  const actions = [...new Set(fleets.flatMap(({ wishes }) => actionsOf(wishes)))];
  return {
    file,
    text: isDiff
      ? `${lines.map((line) => `# ${line}`.trimEnd()).join("\n")}\n${await unifiedDiff(changes)}`
      : `${lines.join("\n")}\n`,
    summary: isDiff
      ? `Terraform diff of ${counted(changes.length, "file")} for ${counted(fleets.length, "fleet")}.`
      : `What to change in Terraform by hand for ${counted(fleets.length, "fleet")}: no file could be changed.`,
    actions,
  };
}

/** The grammar is an optional package: without it there is no diff, and what the plan wants is still said. */
function withoutGrammar(fault: unknown, { id, after, wishes }: Wanted): FleetReport {
  if (!(fault instanceof UsageError) || fault.code !== "TOP-HCL-GRAMMAR") throw fault;
  return {
    fleet: id,
    address: after.fleet.terraform!.address,
    wanted: wantedLines(wishes),
    hidden: [`${fault.message} ${fault.found} Install it, then: tokenop report.`],
    notes: [],
    replaced: [],
  };
}

const actionsOf = ({ spot, instance, size, commitment, region }: Wishes): string[] =>
  [spot, instance, size, commitment, region].flatMap((wish) => (wish === null ? [] : [wish.action]));

interface Checked {
  readonly changes: readonly FileChange[];
  /** Files that HashiCorp's parser did not read as they were. */
  readonly unread: readonly string[];
}

/**
 * Changes whose text both parsers read. A file that one of them did not read to begin with stays as it is.
 *
 * @throws Error where a change broke a file, which is our fault.
 */
async function readable(all: readonly FileChange[]): Promise<Checked> {
  const changes: FileChange[] = [];
  const unread: string[] = [];
  for (const change of all) {
    const { path, before, after } = change;
    const fault = (await locateHcl(after)) === null ? "no HCL" : await hclFault(path, after);
    if (fault === null) changes.push(change);
    else if ((await hclFault(path, before)) !== null) unread.push(path);
    else throw new Error(`the changed ${path} does not read back: ${fault}`);
  }
  return { changes, unread };
}

function headerLines(
  file: string,
  { dir }: TerraformFolder,
  fleets: readonly Wanted[],
  reports: readonly FleetReport[],
  { changes, unread }: Checked,
  { uncertified, simulated, plan }: PatchInput,
): string[] {
  const ids = fleets.flatMap(({ wishes }) => actionsOf(wishes));
  const approvals = approvalLines(plan.actions.filter(({ id }) => ids.includes(id)));
  const replaced = reports.flatMap((report) => report.replaced);
  return [
    ...(uncertified === undefined ? [] : [...uncertifiedLines(uncertified, ids), ""]),
    ...(simulated ? [SIMULATED_NOTE, ""] : []),
    changes.length > 0
      ? "Changes of your own Terraform files; everything else in them stays as it is."
      : "What the plan wants of Terraform, to be set by hand: no file could be changed.",
    "",
    ...(approvals.length > 0 ? ["Approve first", ...approvals.map((line) => `  ${line}`), ""] : []),
    ...reports.flatMap((report) => fleetLines(report)),
    ...(unread.length > 0
      ? [`Not read by Terraform's own parser, so left as it is: ${unread.join(", ")}`, ""]
      : []),
    ...(changes.length > 0 ? applyLines(file, dir, replaced) : []),
    "Guard",
    ...guardLines(fleets),
    "Roll back",
    ...(changes.length > 0
      ? [
          `  git apply -R PATH/${file} in the same folder, then terraform apply. A commitment once bought stays.`,
        ]
      : ["  Set the old values again, then terraform apply. A commitment once bought stays."]),
  ];
}

function fleetLines({ fleet, address, wanted, hidden, notes }: FleetReport): string[] {
  const listed = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  - ${onOneLine(line, 400)}`)];
  return [
    `Fleet ${onOneLine(fleet)}: ${onOneLine(address)}`,
    ...listed("Wanted", wanted),
    ...listed("Left as it is", hidden),
    ...listed("Know", notes),
    "",
  ];
}

function applyLines(file: string, dir: string, replaced: readonly string[]): string[] {
  return [
    "Apply",
    `  1. cd ${onOneLine(dir)} (from the folder of fleet.yaml); PATH stands for the folder of this file.`,
    `  2. git apply --check PATH/${file} && git apply PATH/${file}`,
    "  3. terraform plan. It must show what is wanted above and nothing else.",
    ...(replaced.length === 0
      ? []
      : [`     Terraform may destroy and create anew: ${replaced.join(", ")}. Drain the machines first.`]),
    "  4. terraform apply",
    "",
  ];
}

function guardLines(fleets: readonly Wanted[]): string[] {
  const has = (part: keyof Wishes) => fleets.some(({ wishes }) => wishes[part] !== null);
  return [
    "  One region, or a tenth of the machines, first; all after a week without a trigger. Triggers:",
    ...(has("spot")
      ? ["  - spot machines are interrupted more than once a day each, or cannot be had for an hour"]
      : []),
    ...(has("size")
      ? ["  - requests wait more than a minute in the queue, or utilisation stays above the plan's"]
      : []),
    "  - p95 latency exceeds 1.5 times the one before for 30 minutes, or errors rise by 1 point",
    "  - the bill of the fleet is above the plan's after a week",
  ];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
