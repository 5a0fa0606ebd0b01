import type { ServerFound, ServingEngine } from "../../../serving/contract.js";
import { flagOf, numberOf } from "../attributes.js";
import { shownText } from "../value.js";

/** What a serving engine was started with, as far as a fixed list of its options tells. */
export type Settings = Pick<
  ServerFound,
  | "model"
  | "servedNames"
  | "tensorParallel"
  | "pipelineParallel"
  | "quantization"
  | "kvPrecision"
  | "prefixCaching"
  | "maximumBatch"
  | "maximumContext"
  | "memoryShare"
  | "arguments"
>;

type Meaning =
  | "model"
  | "servedNames"
  | "tensorParallel"
  | "pipelineParallel"
  | "quantization"
  | "dtype"
  | "kvPrecision"
  | "prefixCaching"
  | "noPrefixCaching"
  | "maximumBatch"
  | "maximumContext"
  | "memoryShare"
  | "shown";

/** Options that are read, by their name without dashes. Any other option is passed over: it may hold a key. */
const OPTIONS: Readonly<Record<string, Meaning>> = {
  // vLLM
  model: "model",
  "served-model-name": "servedNames",
  "tensor-parallel-size": "tensorParallel",
  tp: "tensorParallel",
  "pipeline-parallel-size": "pipelineParallel",
  pp: "pipelineParallel",
  quantization: "quantization",
  q: "quantization",
  dtype: "dtype",
  "kv-cache-dtype": "kvPrecision",
  "enable-prefix-caching": "prefixCaching",
  "no-enable-prefix-caching": "noPrefixCaching",
  "max-num-seqs": "maximumBatch",
  "max-model-len": "maximumContext",
  "gpu-memory-utilization": "memoryShare",
  "max-num-batched-tokens": "shown",
  "enable-chunked-prefill": "shown",
  "no-enable-chunked-prefill": "shown",
  "block-size": "shown",
  "enforce-eager": "shown",
  "data-parallel-size": "shown",
  "cpu-offload-gb": "shown",
  "swap-space": "shown",
  "num-scheduler-steps": "shown",
  // SGLang
  "model-path": "model",
  "tp-size": "tensorParallel",
  "mem-fraction-static": "memoryShare",
  "context-length": "maximumContext",
  "max-running-requests": "maximumBatch",
  "chunked-prefill-size": "shown",
  "disable-radix-cache": "noPrefixCaching",
  "dp-size": "shown",
  // TensorRT-LLM (trtllm-serve)
  tp_size: "tensorParallel",
  pp_size: "pipelineParallel",
  ep_size: "shown",
  max_batch_size: "maximumBatch",
  max_num_tokens: "shown",
  max_seq_len: "maximumContext",
  kv_cache_free_gpu_memory_fraction: "memoryShare",
  free_gpu_memory_fraction: "memoryShare",
  backend: "shown",
  // Text Generation Inference
  "model-id": "model",
  "num-shard": "tensorParallel",
  quantize: "quantization",
  "max-total-tokens": "maximumContext",
  "max-input-tokens": "shown",
  "max-input-length": "shown",
  "max-concurrent-requests": "shown",
  "max-batch-size": "maximumBatch",
  "max-batch-prefill-tokens": "shown",
  "max-batch-total-tokens": "shown",
  "cuda-memory-fraction": "memoryShare",
  // LMDeploy
  "cache-max-entry-count": "memoryShare",
  "quant-policy": "shown",
};

/** Environment variables that stand for options, on images that are set up so. */
const VARIABLES: Readonly<Record<string, Meaning>> = {
  MODEL_ID: "model",
  HF_MODEL_ID: "model",
  MODEL_NAME: "model",
  OPTION_MODEL_ID: "model",
  NIM_MODEL_NAME: "model",
  NIM_SERVED_MODEL_NAME: "servedNames",
  NUM_SHARD: "tensorParallel",
  SM_NUM_GPUS: "tensorParallel",
  OPTION_TENSOR_PARALLEL_DEGREE: "tensorParallel",
  NIM_TENSOR_PARALLEL_SIZE: "tensorParallel",
  QUANTIZE: "quantization",
  HF_MODEL_QUANTIZE: "quantization",
  OPTION_QUANTIZE: "quantization",
  OPTION_DTYPE: "dtype",
  DTYPE: "dtype",
  MAX_TOTAL_TOKENS: "maximumContext",
  OPTION_MAX_MODEL_LEN: "maximumContext",
  NIM_MAX_MODEL_LEN: "maximumContext",
  OPTION_MAX_ROLLING_BATCH_SIZE: "maximumBatch",
  MAX_CONCURRENT_REQUESTS: "shown",
  OPTION_ROLLING_BATCH: "shown",
};

/** Whether a variable of this name is read at all; the value of any other is never looked at. */
export const isReadVariable = (name: string): boolean => Object.hasOwn(VARIABLES, name);

interface Option {
  readonly name: string;
  /** null: a flag without value. */
  readonly value: string | null;
  readonly meaning: Meaning;
}

export interface Started {
  /** Command and arguments together, as the container gets them. */
  readonly words: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
}

/** Reads the options of a fixed list; every other word and variable is dropped unseen. */
export function settingsOf(engine: ServingEngine, { words, environment }: Started): Settings {
  const plain = words.flatMap(shellWords);
  const options = [...variableOptions(environment), ...wordOptions(plain)];
  const last = (meaning: Meaning): string | null =>
    options.findLast((option) => option.meaning === meaning)?.value ?? null;
  const has = (meaning: Meaning): boolean =>
    options.some((option) => option.meaning === meaning && option.value !== "false");
  const count = (meaning: Meaning): number | null => numberOf(last(meaning));
  const off = has("noPrefixCaching") || flagOf(last("prefixCaching")) === false;
  return {
    model: last("model") ?? servedByPosition(engine, plain),
    servedNames: (last("servedNames") ?? "").split(/[\s,]+/).filter((name) => name !== ""),
    tensorParallel: count("tensorParallel"),
    pipelineParallel: count("pipelineParallel"),
    quantization: last("quantization") ?? last("dtype"),
    kvPrecision: last("kvPrecision"),
    prefixCaching: off ? false : has("prefixCaching") ? true : null,
    maximumBatch: count("maximumBatch"),
    maximumContext: count("maximumContext"),
    memoryShare: count("memoryShare"),
    arguments: options.map(({ name, value }) => ({ name, value: value ?? "true" })),
  };
}

function variableOptions(environment: Started["environment"]): Option[] {
  return environment.flatMap(({ name, value }) => {
    const meaning = isReadVariable(name) ? VARIABLES[name] : undefined;
    const shown = meaning === undefined ? null : shownText(value);
    return shown === null || shown === "" ? [] : [{ name, value: shown, meaning: meaning! }];
  });
}

function wordOptions(words: readonly string[]): Option[] {
  return words.flatMap((word, at): Option[] => {
    const match = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word);
    if (match === null || !Object.hasOwn(OPTIONS, match[1]!)) return [];
    const meaning = OPTIONS[match[1]!]!;
    const values = match[2] === undefined ? followingValues(words, at, meaning) : [match[2]];
    const value = values.length === 0 ? null : shownText(unquoted(values.join(" ")));
    return [{ name: word.split("=")[0]!, value, meaning }];
  });
}

/** Only the served names may be several words; a word with a dash, or a number below zero, begins the next option. */
function followingValues(words: readonly string[], at: number, meaning: Meaning): string[] {
  const values: string[] = [];
  for (const word of words.slice(at + 1)) {
    if (word.startsWith("-") || /^[&|;<>]/.test(word)) break;
    values.push(word);
    if (meaning !== "servedNames") break;
  }
  return values;
}

/** `vllm serve MODEL`, `trtllm-serve MODEL`, `trtllm-serve serve MODEL`. */
function servedByPosition(engine: ServingEngine, words: readonly string[]): string | null {
  const command = engine === "tensorrt-llm" ? /(^|\/)trtllm-serve$/ : /(^|\/)(vllm|lmdeploy)$/;
  const at = words.findIndex((word) => command.test(word));
  // Images whose entry point is the engine begin with its verb.
  const verb = at === -1 ? (words[0] === "serve" ? 0 : -1) : at;
  if (verb === -1) return null;
  const next = words
    .slice(verb + (at === -1 ? 0 : 1))
    .filter((word) => word !== "serve" && word !== "api_server")[0];
  return next === undefined || next.startsWith("-") ? null : shownText(unquoted(next));
}

/** `sh -c "vllm serve x --a b"` comes as one word; line ends may be escaped. */
function shellWords(text: string): string[] {
  if (!/\s/.test(text)) return [text];
  const words = text.replace(/\\\r?\n/g, " ").match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"']+)+/g) ?? [];
  return words.map(unquoted);
}

const unquoted = (word: string): string => /^(["'])(.*)\1$/s.exec(word)?.[2] ?? word;
