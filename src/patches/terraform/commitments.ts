import { quoteHcl } from "../../hcl/edit-tree.js";
import { toUsd } from "../../shared/money.js";
import type { FleetState } from "../contract.js";
import { uniqueAlias } from "../routes.js";
import { alignedLines } from "./draft.js";
import type { Wishes } from "./wishes.js";

type Commitment = NonNullable<Wishes["commitment"]>;

/** A new file that reserves what a plan commits to, and what to buy beside it. */
export interface CommitmentFile {
  readonly file: string;
  readonly text: string;
  readonly notes: readonly string[];
}

/** Accelerators as Google names them in reservations and commitments; cloud.google.com/compute/docs/gpus, read 2026-11. */
const GOOGLE_ACCELERATORS: Readonly<Record<string, string>> = {
  "a100-40-sxm": "nvidia-tesla-a100",
  "a100-80-sxm": "nvidia-a100-80gb",
  "h100-sxm": "nvidia-h100-80gb",
  "h200-sxm": "nvidia-h200-141gb",
  l4: "nvidia-l4",
};

const GOOGLE_TERMS: Readonly<Record<number, string>> = { 12: "TWELVE_MONTH", 36: "THIRTY_SIX_MONTH" };

/** null where the resource's cloud is none of the three. */
export function commitmentFile(type: string, wish: Commitment, state: FleetState): CommitmentFile | null {
  const name = `tokenop_${uniqueAlias(state.fleet.id, new Set())
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase()}`;
  const parts = type.startsWith("aws_")
    ? aws(name, wish, state)
    : type.startsWith("google_")
      ? google(name, wish, state)
      : type.startsWith("azurerm_")
        ? azure(name, wish, state)
        : null;
  if (parts === null) return null;
  return { file: `${name.replaceAll("_", "-")}-commitment.tf`, ...parts };
}

function aws(name: string, wish: Commitment, { fleet }: FleetState): Omit<CommitmentFile, "file"> {
  return {
    text: file([
      variable(`${name}_zone`, "Availability zone that holds the reserved machines."),
      block(
        ["resource", "aws_ec2_capacity_reservation", name],
        [
          ["instance_type", quoteHcl(fleet.instance)],
          ["instance_platform", quoteHcl("Linux/UNIX")],
          ["availability_zone", `var.${name}_zone`],
          ["instance_count", `${wish.machines}`],
        ],
      ),
    ]),
    notes: [
      `The reservation holds capacity at the on-demand price. The lower rate comes from a Savings Plan or Reserved Instances: buy ${hourly(fleet, wish)} an hour for ${wish.termMonths} months first; hashicorp/aws 6.25.0 has no resource that buys one.`,
      `Set the variable ${name}_zone; the zone is yours to know.`,
    ],
  };
}

function google(name: string, wish: Commitment, { fleet }: FleetState): Omit<CommitmentFile, "file"> {
  const plan = GOOGLE_TERMS[wish.termMonths];
  const accelerator = GOOGLE_ACCELERATORS[fleet.serving.gpu];
  const zone = variable(`${name}_zone`, "Zone that holds the reserved machines.");
  const reservation = [
    `resource "google_compute_reservation" "${name}" {`,
    ...indented(
      alignedLines([
        ["name", quoteHcl(name.replaceAll("_", "-"))],
        ["zone", `var.${name}_zone`],
      ]),
    ),
    "",
    "  specific_reservation {",
    `    count = ${wish.machines}`,
    "",
    "    instance_properties {",
    `      machine_type = ${quoteHcl(fleet.instance)}`,
    "    }",
    "  }",
    "}",
  ];
  const notes = [
    `Set the variable ${name}_zone; the zone is yours to know.`,
    "A GPU commitment needs the reservation of the same GPUs; vCPUs and memory of the machines are committed apart.",
  ];
  if (plan === undefined || accelerator === undefined)
    return {
      text: file([zone, reservation]),
      notes: [
        ...notes,
        `Buy the commitment itself by hand: ${hourly(fleet, wish)} an hour for ${wish.termMonths} months.`,
      ],
    };
  const commitment = [
    `resource "google_compute_region_commitment" "${name}" {`,
    ...indented(
      alignedLines([
        ["name", quoteHcl(name.replaceAll("_", "-"))],
        ["region", quoteHcl(fleet.region)],
        ["plan", quoteHcl(plan)],
        [
          "type",
          quoteHcl(fleet.instance.startsWith("g2-") ? "GRAPHICS_OPTIMIZED_G2" : "ACCELERATOR_OPTIMIZED"),
        ],
        ["existing_reservations", `google_compute_reservation.${name}.self_link`],
      ]),
    ),
    "",
    "  resources {",
    ...indented(
      indented(
        alignedLines([
          ["type", quoteHcl("ACCELERATOR")],
          ["amount", quoteHcl(`${wish.gpus}`)],
          ["accelerator_type", quoteHcl(accelerator)],
        ]),
      ),
    ),
    "  }",
    "}",
  ];
  return {
    text: file([zone, reservation, commitment]),
    notes: [
      ...notes,
      `A commitment is paid for ${wish.termMonths} months and cannot be undone: ${hourly(fleet, wish)} an hour.`,
    ],
  };
}

function azure(name: string, wish: Commitment, { fleet }: FleetState): Omit<CommitmentFile, "file"> {
  const group = `${name}_resource_group`;
  return {
    text: file([
      variable(group, "Resource group of the reserved machines."),
      block(
        ["resource", "azurerm_capacity_reservation_group", name],
        [
          ["name", quoteHcl(name.replaceAll("_", "-"))],
          ["resource_group_name", `var.${group}`],
          ["location", quoteHcl(fleet.region)],
        ],
      ),
      [
        `resource "azurerm_capacity_reservation" "${name}" {`,
        ...indented(
          alignedLines([
            ["name", quoteHcl(name.replaceAll("_", "-"))],
            ["capacity_reservation_group_id", `azurerm_capacity_reservation_group.${name}.id`],
          ]),
        ),
        "",
        "  sku {",
        ...indented(
          indented(
            alignedLines([
              ["name", quoteHcl(fleet.instance)],
              ["capacity", `${wish.machines}`],
            ]),
          ),
        ),
        "  }",
        "}",
      ],
    ]),
    notes: [
      `The reservation holds capacity at the pay-as-you-go price. The lower rate comes from an Azure reservation: buy ${wish.machines} x ${fleet.instance} for ${wish.termMonths} months (${hourly(fleet, wish)} an hour) in the portal; hashicorp/azurerm 4.55.0 has no resource that buys one.`,
      `Set the variable ${group}, and capacity_reservation_group_id where the machines are declared.`,
    ],
  };
}

function hourly({ committed }: FleetState["fleet"], { gpus }: Commitment): string {
  return committed === null ? "the committed rate" : `USD ${(toUsd(committed.rate) * gpus).toFixed(2)}`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function block(
  head: readonly [string, string, string],
  pairs: readonly (readonly [string, string])[],
): string[] {
  return [`${head[0]} "${head[1]}" "${head[2]}" {`, ...indented(alignedLines(pairs)), "}"];
}

const variable = (name: string, description: string): string[] => [
  `variable "${name}" {`,
  ...indented(
    alignedLines([
      ["description", quoteHcl(description)],
      ["type", "string"],
    ]),
  ),
  "}",
];

const file = (blocks: readonly (readonly string[])[]): string =>
  `${blocks.map((one) => one.join("\n")).join("\n\n")}\n`;
