import type { Artifact } from "../shared/artifact.js";
import type { evaluationSchema } from "../run/contract.js";
import type { planSchema } from "../plan/contract.js";

/** A file that someone may merge, with how to apply and undo it in its own comments. */
export interface Patch {
  /** File name inside `patches/`. */
  readonly file: string;
  readonly text: string;
  readonly summary: string;
  /** Plan action ids that it puts in place. */
  readonly actions: readonly string[];
}

export interface PatchInput {
  readonly plan: Artifact<typeof planSchema>;
  readonly evaluation: Artifact<typeof evaluationSchema> | null;
  /** Action ids whose evidence holds; a writer emits these only. */
  readonly certified: ReadonlySet<string>;
}

/** Writes patches for one target. A new target is one file and one line in the registry. */
export interface PatchWriter {
  readonly id: string;
  readonly summary: string;
  write(input: PatchInput): readonly Patch[];
}
