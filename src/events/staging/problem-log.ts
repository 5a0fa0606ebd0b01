import type { Problem } from "../contract.js";
import { PROBLEMS_SHOWN } from "../contract.js";

/** Where a rejected record lies in its file; known for uncompressed text. */
export interface Position {
  readonly offset: number;
  readonly bytes: number;
}

/** Takes every problem in input order. Waits where it writes, so that problems never pile up in memory. */
export interface ProblemSink {
  write(problem: Problem, position: Position | null): Promise<void>;
}

export const noSink: ProblemSink = { write: async () => undefined };

/** Keeps the first problems for the result and hands all of them to the sink. */
export class ProblemLog {
  readonly shown: Problem[] = [];
  private readonly sink: ProblemSink;

  constructor(sink: ProblemSink) {
    this.sink = sink;
  }

  async add(problem: Problem, position: Position | null): Promise<void> {
    if (this.shown.length < PROBLEMS_SHOWN) this.shown.push(problem);
    await this.sink.write(problem, position);
  }
}
