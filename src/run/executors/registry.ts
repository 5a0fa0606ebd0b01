import type { RunMode } from "../contract.js";

/** What each mode does and needs, for help texts and docs. */
export const EXECUTORS: readonly {
  readonly mode: RunMode;
  readonly summary: string;
  readonly needs: string;
}[] = [
  {
    mode: "live",
    summary:
      "Calls the models. Costs money, within the budget; prompts leave only for hosts that were agreed to.",
    needs: "a key in the environment for each provider, and consent for each host",
  },
  {
    mode: "replay",
    summary: "Takes recorded answers or scores. Nothing is sent, nothing is paid.",
    needs: "a recordings file",
  },
  {
    mode: "simulate",
    summary:
      "Lets declared models answer at a declared accuracy. For the demo, tests and rehearsals; proves nothing.",
    needs: "a simulated models file, and a reference on each sample",
  },
];
