import type { PicoUsd } from "../../shared/money.js";
import type { Option } from "./problem.js";

export const combinationVariable = (cluster: number, combination: number): string =>
  `z_${cluster}_${combination}`;
export const optionVariable = (cluster: number, combination: number, unit: number, option: number): string =>
  `x_${cluster}_${combination}_${unit}_${option}`;
export const configVariable = (fleet: number, config: number): string => `y_${fleet}_${config}`;
export const fleetVariable = (fleet: number): string => `f_${fleet}`;
export const busyVariable = (fleet: number): string => `e_${fleet}`;
export const replicaVariable = (fleet: number, config: number): string => `n_${fleet}_${config}`;
export const stateVariable = (fleet: number, state: number): string => `s_${fleet}_${state}`;
export const familyVariable = (family: number): string => `w_${family}`;

/** One option with its variable, and where it stands. */
export interface Placed {
  readonly option: Option;
  readonly variable: string;
  /** Index over all models of all clusters. */
  readonly unit: number;
}

export function toUnits(amount: PicoUsd, unit: number): number {
  return Number(amount) / unit;
}
