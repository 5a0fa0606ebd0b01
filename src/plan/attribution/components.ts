import type { Books } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import { applyChange } from "../joint.js";
import type { Candidate } from "../search/candidates.js";

/** Changes that may interact, with the part of the workload that they act on. */
export interface Component {
  /** Of its first cluster or fleet; stable between runs. */
  readonly name: string;
  readonly players: readonly Candidate[];
  readonly part: Workload;
}

/** Groups of changes that share a cluster, or a fleet that requests of their clusters are on or move to. */
export function componentsOf(workload: Workload, chosen: readonly Candidate[], books: Books): Component[] {
  const links = linksOf(workload, chosen, books);
  const rootOf = joinAll(links);
  const groups = new Map<string, Candidate[]>();
  for (const candidate of chosen) {
    const root = rootOf(scopeOf(candidate));
    groups.set(root, [...(groups.get(root) ?? []), candidate]);
  }
  return [...groups].map(([root, players]) => ({
    name: root,
    players,
    part: {
      ...workload,
      cells: workload.cells.filter((cell) => rootOf(clusterNode(cell.cluster)) === root),
      fleets: workload.fleets.filter((fleet) => rootOf(fleetNode(fleet.id)) === root),
    },
  }));
}

const clusterNode = (id: string): string => `cluster ${id}`;
const fleetNode = (id: string): string => `fleet ${id}`;

function scopeOf({ proposal }: Candidate): string {
  return proposal.cluster === null ? fleetNode(proposal.fleet) : clusterNode(proposal.cluster);
}

/** Which clusters use which fleets, as observed or after any of the changes. */
function linksOf(workload: Workload, chosen: readonly Candidate[], books: Books): [string, string][] {
  const linksIn = ({ cells }: Workload) =>
    cells.flatMap(({ cluster, fleet }): [string, string][] =>
      fleet === undefined ? [] : [[clusterNode(cluster), fleetNode(fleet)]],
    );
  const moving = chosen.filter(
    ({ lever, proposal }) => lever.stage !== "infrastructure" && proposal.cluster !== null,
  );
  return [...linksIn(workload), ...moving.flatMap((change) => linksIn(applyChange(workload, change, books)))];
}

/** Union-find over named nodes; a node's root is the smallest name of its group. */
function joinAll(links: readonly (readonly [string, string])[]): (node: string) => string {
  const parent = new Map<string, string>();
  const rootOf = (node: string): string => {
    const above = parent.get(node);
    if (above === undefined || above === node) return node;
    const root = rootOf(above);
    parent.set(node, root);
    return root;
  };
  for (const [left, right] of links) {
    const [a, b] = [rootOf(left), rootOf(right)].sort();
    parent.set(b!, a!);
  }
  return rootOf;
}
