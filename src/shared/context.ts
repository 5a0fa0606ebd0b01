import type { Logger } from "./log.js";

/**
 * Everything that is not data: clock, randomness, environment, cancellation and talk. Built once in `cli/`
 * and handed down, so that every stage below is a function of its arguments.
 */
export interface Context {
  readonly now: () => Date;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly version: string;
}
