/** Inference engines whose serving is modelled. */
export const ENGINES = ["vllm", "tensorrt-llm", "sglang", "onnxruntime"] as const;
export type Engine = (typeof ENGINES)[number];

/** Number format of the weights in memory; weight-only formats compute in bf16. */
export const PRECISIONS = ["bf16", "fp8", "int8", "int4"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Number format of the key-value cache. */
export const KV_PRECISIONS = ["bf16", "fp8"] as const;
export type KvPrecision = (typeof KV_PRECISIONS)[number];
