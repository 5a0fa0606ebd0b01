import { type Allocation, indexOfLargest } from "./allocation.js";

export const roundRobin: Allocation = {
  name: "round-robin",
  summary: "every open question in turn, to a verdict on each; no candidate is dropped for a cheaper one",
  eliminates: false,
  choose: (open) => indexOfLargest(open.map(({ pairs }) => -pairs)),
};
