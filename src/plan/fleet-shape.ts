import { z } from "zod";

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
