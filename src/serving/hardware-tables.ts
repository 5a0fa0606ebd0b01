import type { z } from "zod";
import type { Camel } from "../shared/case.js";
import { type PicoUsd, scale } from "../shared/money.js";
import type { GpuOffer, GpuSpec, ModelSpec, Sourced } from "./contract.js";
import { type gpuRow, type modelRow, type offerRow, pricedAt } from "./hardware-schema.js";

const TERA = 1e12;
const GIGA = 1e9;
const GIB = 2 ** 30;

export function gpuOf(row: Camel<z.infer<typeof gpuRow>>): GpuSpec {
  return {
    id: row.id,
    name: row.name,
    aliases: row.aliases,
    generation: row.generation,
    memoryBytes: row.memoryGib * GIB,
    bandwidthBytesPerSecond: row.bandwidthTbS * TERA,
    bf16FlopsPerSecond: row.bf16Tflops * TERA,
    fp8FlopsPerSecond: row.fp8Tflops === null ? null : row.fp8Tflops * TERA,
    linkBytesPerSecond: row.linkGbS * GIGA,
    source: row.source,
    date: row.date,
    verified: row.verified,
  };
}

export function modelOf(row: Camel<z.infer<typeof modelRow>>): ModelSpec {
  const { experts } = row;
  return {
    id: row.id,
    aliases: row.aliases,
    layers: row.layers,
    hidden: row.hidden,
    heads: row.heads,
    kvHeads: row.kvHeads,
    headDimension: row.headDimension,
    vocabulary: row.vocabulary,
    parameters: row.parametersBillion * GIGA,
    activeParameters: (row.activeParametersBillion ?? row.parametersBillion) * GIGA,
    experts:
      experts === undefined
        ? null
        : {
            count: experts.count,
            active: experts.active,
            // Gate, up and down projection in every layer that has experts.
            expertParameters: 3 * row.hidden * experts.width * experts.layers,
          },
    latentAttention: row.latentAttention ?? null,
    slidingWindow: row.slidingWindow ?? null,
    maximumContext: row.maximumContext,
    publishedPrecision: row.publishedPrecision ?? null,
    capabilityClass: row.capabilityClass ?? null,
    source: row.source,
    date: row.date,
    verified: row.verified,
  };
}

/** Prices of the instance become prices of one GPU, rounded to the pico-USD. */
export function offerOf(row: Camel<z.infer<typeof offerRow>>, fallback: Sourced): GpuOffer {
  const each = (value: string | number | undefined): PicoUsd | null =>
    value === undefined ? null : scale(pricedAt(value)!, 1n, BigInt(row.gpus));
  return {
    cloud: row.cloud,
    region: row.region,
    instance: row.instance,
    gpu: row.gpu,
    gpusPerInstance: row.gpus,
    onDemand: each(row.onDemandUsd),
    spot: each(row.spotUsd),
    reserved: row.reserved.map((term) => ({ termMonths: term.termMonths, rate: each(term.usd)! })),
    interruptedPerMonth:
      row.interruptedPerMonth === undefined
        ? null
        : { low: row.interruptedPerMonth[0]!, high: row.interruptedPerMonth[1]! },
    source: row.source ?? fallback.source,
    date: row.date ?? fallback.date,
    verified: row.verified ?? fallback.verified,
  };
}
