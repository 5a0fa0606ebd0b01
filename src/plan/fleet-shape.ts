import { z } from "zod";
import { BASES } from "../profile/contract.js";

/** How a fleet serves and where it stands, in words; every artifact that shows fleets has these fields. */
export const fleetShape = {
  gpu: z.string(),
  gpus_per_replica: z.int().nonnegative(),
  engine: z.string(),
  precision: z.string(),
  cloud: z.string(),
  region: z.string(),
  instance: z.string(),
  scaling: z.string(),
};

const interval = z.strictObject({
  low: z.number(),
  mid: z.number(),
  high: z.number(),
  basis: z.enum(BASES),
});

/** Serving estimate with its 90 % interval, or a benchmark of the user's own. */
export const replicaCapacity = z
  .strictObject({
    requests_per_second: interval,
    ttft_ms: interval,
    tpot_ms: interval,
    references: z.array(z.string()),
  })
  .nullable()
  .describe("Of one replica after the plan, at the mean request; null where nothing is served.");
