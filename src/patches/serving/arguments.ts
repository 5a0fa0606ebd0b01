import type { Engine, Fleet } from "../../serving/contract.js";

/** How an engine is started so that it serves as a fleet's configuration says. */
export interface Launch {
  readonly command: readonly string[];
  /** Argument of the weights: a flag, or null where they are the first positional argument. */
  readonly modelFlag: string | null;
  /** Flags with their value; null: a flag alone. */
  readonly flags: readonly (readonly [flag: string, value: string | null])[];
  /** Settings that only a file can hold (TensorRT-LLM), as YAML values. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Flag that names that file. */
  readonly settingsFlag: string | null;
  readonly image: string;
  readonly port: number;
  /** Metric of requests that wait, for autoscaling; null: none that is known. */
  readonly waiting: string | null;
}

/**
 * Releases whose argument lists were read, 2026-11: vllm 0.33.0 and sglang 0.5.23 from their wheels, TensorRT-LLM from
 * tensorrt_llm/commands/serve.py at commit 00209af1. The lists stand in fixtures/serving-arguments.json, with their
 * sources; a test holds every flag below to them, and the suite `e2e:patches` holds the lists to the wheels.
 */
const LAUNCHERS: Readonly<Record<Exclude<Engine, "onnxruntime">, (fleet: Fleet) => Launch>> = {
  vllm: ({ model, serving }) => ({
    command: ["vllm", "serve"],
    modelFlag: null,
    flags: [
      ["--served-model-name", model],
      ["--tensor-parallel-size", `${serving.gpusPerReplica}`],
      ["--max-num-seqs", `${serving.maximumBatch}`],
      // The share of memory that the plan's estimate of a replica rests on.
      ["--gpu-memory-utilization", "0.9"],
      ["--kv-cache-dtype", serving.kvPrecision === "fp8" ? "fp8" : "auto"],
      [serving.prefixCaching ? "--enable-prefix-caching" : "--no-enable-prefix-caching", null],
    ],
    settings: null,
    settingsFlag: null,
    image: "vllm/vllm-openai:v0.33.0",
    port: 8000,
    waiting: "vllm:num_requests_waiting",
  }),
  sglang: ({ model, serving }) => ({
    command: ["python3", "-m", "sglang.launch_server"],
    modelFlag: "--model-path",
    flags: [
      ["--served-model-name", model],
      ["--host", "0.0.0.0"],
      ["--port", "30000"],
      ["--tp-size", `${serving.gpusPerReplica}`],
      ["--max-running-requests", `${serving.maximumBatch}`],
      ["--kv-cache-dtype", serving.kvPrecision === "fp8" ? "fp8_e4m3" : "auto"],
      ["--enable-metrics", null],
      ...(serving.prefixCaching ? [] : ([["--disable-radix-cache", null]] as const)),
    ],
    settings: null,
    settingsFlag: null,
    image: "lmsysorg/sglang:v0.5.23",
    port: 30_000,
    waiting: "sglang:num_queue_reqs",
  }),
  "tensorrt-llm": ({ serving }) => ({
    command: ["trtllm-serve"],
    modelFlag: null,
    flags: [
      ["--host", "0.0.0.0"],
      ["--port", "8000"],
      ["--backend", "pytorch"],
      ["--tp_size", `${serving.gpusPerReplica}`],
      // Pages disagree on the default, so it is always set.
      ["--max_batch_size", `${serving.maximumBatch}`],
    ],
    settings: {
      kv_cache_config: {
        dtype: serving.kvPrecision === "fp8" ? "fp8" : "auto",
        enable_block_reuse: serving.prefixCaching,
      },
    },
    settingsFlag: "--extra_llm_api_options",
    image: "nvcr.io/nvidia/tensorrt-llm/release:1.2.1",
    port: 8000,
    waiting: null,
  }),
};

/** null for an engine that has no server of its own. */
export function launchOf(fleet: Fleet): Launch | null {
  const { engine } = fleet.serving;
  return engine === "onnxruntime" ? null : LAUNCHERS[engine](fleet);
}

/** What the weights must be; none is converted while it serves. */
export function weightsOf({ serving }: Fleet): string {
  const { model, precision } = serving;
  return precision === "bf16"
    ? `${model} in 16 bits`
    : `${model} in ${precision}: the very checkpoint that was tested, no flag converts another one`;
}
