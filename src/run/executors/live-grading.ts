import type { Executor, ModelCall } from "../contract.js";

/** Answers from one executor (recorded, simulated), opinions and vectors about them from a live one. */
export function withLiveGrading(answers: Executor, grading: Executor): Executor {
  const executorOf = ({ part }: ModelCall): Executor => (part === undefined ? answers : grading);
  return {
    mode: answers.mode,
    hosts: grading.hosts,
    worstCase: (call) => executorOf(call).worstCase(call),
    execute: (call, signal, mayRepeat) => executorOf(call).execute(call, signal, mayRepeat),
  };
}
