import type { Engine } from "../../engine/contract.js";
import { formatExact, type PicoUsd, parseUsd, ratio } from "../../shared/money.js";
import { queryRows } from "../queries/load-query.js";

export const DRIVERS_SHOWN = 20;

export interface Driver {
  readonly key: string;
  readonly events: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: string;
  readonly share: number;
}

export interface Drivers {
  readonly intent: Driver[];
  readonly model: Driver[];
  readonly tenant: Driver[];
  readonly hour: Driver[];
}

type DriverRow = {
  readonly dimension: string;
  readonly shown_key: string;
  readonly events: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Decimal text, USD. */
  readonly cost: string;
};

/** Where the money goes: the dearest keys of each dimension, the rest as "(other)"; hours in their own order. */
export async function readDrivers(engine: Engine, totalCost: PicoUsd): Promise<Drivers> {
  const rows = await queryRows<DriverRow>(engine, "drivers", { parameters: { top: DRIVERS_SHOWN } });
  const of = (dimension: keyof Drivers): Driver[] =>
    rows
      .filter((row) => row.dimension === dimension)
      .map(({ shownKey, events, inputTokens, outputTokens, cost }) => ({
        key: shownKey,
        events,
        inputTokens,
        outputTokens,
        costUsd: formatExact(parseUsd(cost)),
        share: ratio(parseUsd(cost), totalCost),
      }));
  return { intent: of("intent"), model: of("model"), tenant: of("tenant"), hour: of("hour") };
}
