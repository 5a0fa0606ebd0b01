// Measured points in the form that the serving model predicts them in, and the rules by which rows are left out.
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { parse as parseYaml } from "yaml";
import { loadOf, replicaOf } from "../../dist/serving/roofline.js";

export const CSV = "/work/shared/data/serving/silicon_sample_dev.csv";
const POINTS = new URL("../../hardware/reference-points.yaml", import.meta.url);

/** Multi-token prediction may be on or off in rows of these models, and no column says so. */
export const SPECULATIVE = new Set(["deepseek-v3", "qwen3.5-397b-a17b", "glm-5"]);

const ENGINES = { vllm: "vllm", sglang: "sglang", trtllm: "tensorrt-llm" };
const GPUS = { h100_sxm: "h100-sxm", h200_sxm: "h200-sxm", b200_sxm: "b200-sxm", b300_sxm: "b300-sxm" };
const MODELS = [
  [/Llama-3\.1-8B/, "llama-3.1-8b"],
  [/Llama-3\.1-70B/, "llama-3.1-70b"],
  [/Qwen3-32B/, "qwen3-32b"],
  [/Qwen3-235B/, "qwen3-235b-a22b"],
  [/Qwen3\.5-397B/, "qwen3.5-397b-a17b"],
  [/DeepSeek/, "deepseek-v3"],
  [/Kimi-K2\.5/, "kimi-k2.5"],
  [/GLM-5/, "glm-5"],
  [/MiniMax-M2\.5/, "minimax-m2.5"],
  [/gpt-oss-120b/, "gpt-oss-120b"],
];
/** As the rows name them; nvfp4 of gpt-oss is the mxfp4 of its checkpoint: weights only, where no 4-bit units are. */
const FORMATS = {
  fp8: { precision: "fp8", bits: 8 },
  fp8_block: { precision: "fp8", bits: 8 },
  nvfp4: { precision: "nvfp4", bits: 4 },
  int4_wo: { precision: "int4", bits: 4 },
};

/** Dense 4-bit peak over the fp8 peak, where the GPU has units for it (B200 9000 to 4500, B300 about 13500). */
const FP4_OVER_FP8 = { "b200-sxm": 2, "b300-sxm": 3 };

function formatsOf(row, gpu) {
  if (row.precision !== "nvfp4") return undefined;
  const ratio = FP4_OVER_FP8[gpu.id];
  return {
    // 4 bits and one fp8 scale for 16 weights.
    weightBytes: row.model === "gpt-oss-120b" ? 0.53 : 0.5625,
    flopsPerSecond: ratio === undefined ? gpu.bf16FlopsPerSecond : gpu.fp8FlopsPerSecond * ratio,
  };
}

function prepared(row, book) {
  const gpu = book.gpu(row.gpu);
  const config = {
    gpusPerReplica: row.gpus,
    precision: row.precision === "nvfp4" ? "int4" : row.precision,
    // The rows do not say; engines are launched with an fp8 cache for quantised weights in the published recipes.
    kvPrecision: "fp8",
  };
  const replica = replicaOf(config, book.model(row.model), gpu, formatsOf(row, gpu));
  const load = loadOf(replica, { inputTokens: row.input, outputTokens: row.output, prefixHitShare: 0 });
  // Without 4-bit units the labels nvfp4 and int4 mean the same.
  const precision = FP4_OVER_FP8[gpu.id] === undefined && row.precision === "nvfp4" ? "int4" : row.precision;
  return { ...row, precision, generation: gpu.generation, replica, load };
}

/** Points of the aiconfigurator sample with TTFT and TPOT, and why the other rows are left out. */
export function readSample(book) {
  const left = new Map();
  const drop = (reason, count = 1) => left.set(reason, (left.get(reason) ?? 0) + count);
  const cells = new Map();
  const rows = parse(readFileSync(CSV), { columns: true });
  for (const row of rows) {
    const reason = refusal(row);
    if (reason !== null) drop(reason);
    else {
      const point = pointOf(row);
      const key = JSON.stringify([
        point.model,
        point.engine,
        point.gpu,
        point.precision,
        point.gpus,
        point.expertParallel,
        point.input,
        point.output,
        point.batch,
      ]);
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, [point]);
      else cell.push(point);
    }
  }
  const points = [...cells.values()].flatMap((cell) => {
    drop(
      "another measurement of the same cell (newest kept; slowest where speculation is not stated)",
      cell.length - 1,
    );
    const point = prepared(cell.reduce(preferred), book);
    if (point.replica.cacheBytes <= 0) drop("weights above the stated GPUs' memory: labels cannot be right");
    else if (point.batch > point.load.memoryBatch)
      drop("more requests in flight than memory holds: they queue");
    else if (point.ttft > 0.5 * point.output * point.tpot)
      drop("first token later than half of the answer takes: an admission limit that no column states");
    else return [point];
    return [];
  });
  return { rows: rows.length, points, left };
}

function refusal(row) {
  if (row.mode !== "agg") return "prefill and decoding on separate GPUs";
  if (row.gemm_quant_mode === "") return "precision blank: not reliable";
  if (!["1", ""].includes(row.attention_dp_size)) return "attention data parallelism";
  if (GPUS[row.system] === undefined) return "GB200 and GB300: not in the GPU table";
  if (![1, 2, 4, 8].includes(gpusOf(row))) return "more than 8 GPUs, or not a power of two";
  return null;
}

/** Some rows state the product of both expert degrees as tensor parallelism: 64 for 8 x 8 on one node of 8. */
function gpusOf(row) {
  const [tensor, expertTensor, expert] = [row.tp_size, row.moe_tp_size, row.moe_ep_size].map(Number);
  return expertTensor > 1 && expertTensor === expert && tensor === expertTensor * expert
    ? expertTensor
    : tensor;
}

function pointOf(row) {
  return {
    model: MODELS.find(([pattern]) => pattern.test(row.model_path))[1],
    engine: ENGINES[row.backend],
    gpu: GPUS[row.system],
    precision: FORMATS[row.gemm_quant_mode].precision,
    gpus: gpusOf(row),
    expertParallel: row.moe_ep_size,
    input: Number(row.isl),
    output: Number(row.osl),
    batch: Number(row.batch_size),
    ttft: Number(row.silicon_ttft_ms) / 1000,
    tpot: Number(row.silicon_tpot_ms) / 1000,
    measured: /measured=(\S{10})/.exec(row.silicon_data_source)?.[1] ?? "",
  };
}

function preferred(kept, next) {
  if (SPECULATIVE.has(next.model)) return next.tpot > kept.tpot ? next : kept;
  return next.measured > kept.measured ? next : kept;
}

/** Saturated throughput of TensorRT-LLM: batch not stated, taken as what memory holds, at most 2,048. */
export function readSaturated(book) {
  const { saturated } = parseYaml(readFileSync(POINTS, "utf8"));
  return saturated.points.map(([model, gpu, gpus, input, output, tokensPerSecond]) => {
    const row = {
      model,
      engine: "tensorrt-llm",
      gpu,
      gpus,
      precision: "fp8",
      input,
      output,
      saturated: true,
    };
    const point = prepared(row, book);
    const batch = Math.max(1, Math.min(2048, point.load.memoryBatch));
    return { ...point, batch, tpot: batch / tokensPerSecond, ttft: null };
  });
}
