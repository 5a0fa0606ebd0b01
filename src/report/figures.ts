import { z } from "zod";
import { BASES } from "../profile/contract.js";

/** A figure as shown: value, unit and how it came to be. */
export const figure = z.strictObject({
  value: z.number().nullable(),
  unit: z.string(),
  basis: z.enum(BASES),
});

/** A figure that nobody knows exactly: 5 %, median and 95 % of the draws over the stated uncertainties. */
export const spread = z.strictObject({
  low: z.number().nullable(),
  mid: z.number().nullable(),
  high: z.number().nullable(),
  unit: z.string(),
  basis: z.enum(BASES),
});

/** A figure seen on a sample, with bounds that hold at any sample count. */
export const bounded = z.strictObject({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  unit: z.string(),
  basis: z.enum(BASES),
});
