import { type Allocation, indexOfLargest } from "./allocation.js";
import { optimisticScore } from "./optimistic-score.js";

export const savingWeighted: Allocation = {
  name: "saving-weighted",
  summary: "Thompson draws of the saving at stake times progress towards a certificate",
  eliminates: true,
  choose: (open, random) => indexOfLargest(open.map((question) => optimisticScore(question, random))),
};
