import { renderYaml } from "../../shared/artifact.js";
import type { Patch, PatchInput, PatchWriter } from "../contract.js";
import { type ChangedFleet, changedFleets } from "../fleets.js";
import { onOneLine } from "../guard.js";
import { commented, fleetGuardLines, openingLines } from "../heading.js";
import { uniqueAlias } from "../routes.js";
import { type Launch, launchOf, weightsOf } from "./arguments.js";

/** Levers that change how a replica is started; a number of replicas or how they are bought does not. */
export const LAUNCH_LEVERS: ReadonlySet<string> = new Set([
  "self-host",
  "engine",
  "quantisation",
  "batching",
  "prefix-caching",
  "gpu-type",
]);

export const launch: PatchWriter = {
  id: "launch",
  summary: "Launch script of vLLM, SGLang or TensorRT-LLM for a fleet whose replicas serve in another way",
  write(input) {
    const taken = new Set<string>();
    return changedFleets(input, LAUNCH_LEVERS).flatMap((fleet): Patch[] => {
      const start = launchOf(fleet.after.fleet);
      return start === null ? [] : [scriptOf(fleet, start, uniqueAlias(fleet.id, taken), input)];
    });
  },
};

function scriptOf(fleet: ChangedFleet, start: Launch, alias: string, input: PatchInput): Patch {
  const { serving } = fleet.after.fleet;
  const file = `serve-${alias}.sh`;
  const lines = [
    ...openingLines(input, fleet.actions, `Start of one replica of ${onOneLine(fleet.id)}`, "state"),
    ...changeLines(fleet),
    "Apply",
    `  1. Set MODEL to the weights: ${weightsOf(fleet.after.fleet)}.`,
    `  2. Start one replica on ${serving.gpusPerReplica} x ${serving.gpu} with this script; keep flags of your own that it does not name.`,
    "  3. Measure it as docs/guide/serving.md shows, and compare with the plan before the others follow.",
    "",
    ...fleetGuardLines("Start the replica with its old arguments again; nothing else depends on them."),
  ];
  return {
    file,
    text: `#!/bin/sh\n${commented(lines)}\nset -eu\n\n${bodyOf(start)}`,
    summary: `${serving.engine} for ${onOneLine(fleet.id)}: batch ${serving.maximumBatch}, ${serving.precision} weights, ${serving.kvPrecision} cache, prefixes ${serving.prefixCaching ? "kept" : "not kept"}.`,
    actions: fleet.actions.map(({ id }) => id),
  };
}

function changeLines({ actions, before, after }: ChangedFleet): string[] {
  const now = (part: "engine" | "precision" | "kvPrecision" | "maximumBatch" | "prefixCaching" | "gpu") => {
    const [was, becomes] = [before?.fleet.serving[part], after.fleet.serving[part]];
    return before === null || was === becomes ? [] : [`  - ${part}: ${was} becomes ${becomes}`];
  };
  return [
    "Changes",
    ...actions.map(({ id, name }) => `  - ${onOneLine(id)}: ${onOneLine(name)}`),
    ...(["engine", "precision", "kvPrecision", "maximumBatch", "prefixCaching", "gpu"] as const).flatMap(now),
    "",
  ];
}

function bodyOf({ command, modelFlag, flags, settings, settingsFlag }: Launch): string {
  const model = `"\${MODEL:?path or repository of the weights}"`;
  const pairs = [
    ...(settings === null ? [] : [[settingsFlag!, '"$settings"']]),
    ...flags.map(([flag, value]) => (value === null ? [flag] : [flag, quoteShell(value)])),
  ];
  const weights = modelFlag === null ? model : `${modelFlag} ${model}`;
  const start = [`exec ${command.join(" ")} ${weights}`, ...pairs.map((pair) => `  ${pair.join(" ")}`)].join(
    " \\\n",
  );
  return settings === null
    ? `${start}\n`
    : `settings=$(mktemp)\ncat > "$settings" <<'YAML'\n${renderYaml(settings)}YAML\n\n${start}\n`;
}

/** A word that a POSIX shell takes as it is. */
export function quoteShell(text: string): string {
  return /^[A-Za-z0-9._/:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
