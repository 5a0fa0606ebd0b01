import type { Draft, Hidden, Resource, Setting } from "./draft.js";
import type { Wishes } from "./wishes.js";

export type Size = NonNullable<Wishes["size"]>;

/** What a change of a resource does besides setting values. */
export interface Outcome {
  readonly hidden: readonly Hidden[];
  /** What people must know before they apply it. */
  readonly notes: readonly string[];
}

export const nothing: Outcome = { hidden: [], notes: [] };

/** How one type of resource is told what a plan wants; each part is absent where the type cannot do it. */
export interface ResourceKind {
  /** Settings for another machine type. */
  instance?(name: string): readonly Setting[];
  size?(size: Size): readonly Setting[];
  /** All machines on spot, by settings alone. */
  spot?(committed: number): readonly Setting[];
  /** A share of the machines on spot, by settings alone. */
  spotShare?(share: number, committed: number): readonly Setting[];
  /** Rewrites that must come before settings; `wishes` are all that will follow. */
  prepare?(draft: Draft, resource: Resource, wishes: Wishes): Promise<Outcome>;
  /** A pool that is one or the other: a share of it needs a second one beside it. */
  readonly pool?: {
    readonly nameAttribute: string;
    /** Longest name that the cloud takes, and the ending of the new pool's. */
    readonly longest: number;
    readonly ending: string;
    /** Places of least, most and wanted machines. */
    readonly counts: readonly string[];
  };
  /** Why a share between nothing and all cannot be had, where there is neither `spotShare` nor `pool`. */
  readonly noShare?: string;
  /** Wishes that make Terraform destroy the resource and create it anew. */
  readonly replaces?: readonly ("spot" | "instance")[];
}
