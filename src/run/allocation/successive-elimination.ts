import type { Allocation } from "./allocation.js";
import { roundRobin } from "./round-robin.js";

/** Even-Dar, Mannor and Mansour, JMLR 2006, with e-processes as the test that removes an arm. */
export const successiveElimination: Allocation = {
  name: "successive-elimination",
  summary: "every open question in turn; candidates dearer than a certified one are dropped",
  eliminates: true,
  choose: roundRobin.choose,
};
