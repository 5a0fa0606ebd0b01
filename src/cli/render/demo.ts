import type { DemoResult } from "../../pipeline.js";
import { percent, whole } from "./format.js";

export function renderDemo(result: DemoResult, seconds: number): string {
  const { saving } = result;
  return [
    `SIMULATED: ${saving.basis}.`,
    result.headline,
    result.detail,
    `Planned: USD ${whole(saving.plannedUsdMonth)} a month, ${percent(saving.plannedShare)} (estimated where GPUs are sized, else replayed). ` +
      `Certified so far: USD ${whole(saving.certifiedUsdMonth)}, ${percent(saving.certifiedShare)}.`,
    `Took ${seconds.toFixed(1)} s. Report: ${result.report}`,
  ].join("\n");
}
