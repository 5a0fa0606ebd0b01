import { describe, expect, it } from "vitest";
import { parseBenchmark, readBenchmarks } from "./benchmarks.js";
import { config } from "./fixtures/hardware.js";

const file = { path: "results/own.json", config: config() };

const vllm = {
  date: "20261101-101500",
  backend: "vllm",
  model_id: "meta-llama/Llama-3.1-70B-Instruct",
  max_concurrency: 64,
  duration: 100,
  completed: 500,
  total_input_tokens: 512_000,
  total_output_tokens: 128_000,
  request_throughput: 5,
  output_throughput: 1280,
  mean_ttft_ms: 350,
  median_ttft_ms: 300,
  mean_tpot_ms: 30,
  mean_itl_ms: 30,
};

const of = (mean: number) => ({ successful: { mean, median: mean, count: 10 }, errored: { mean: 0 } });
const guideLlm = {
  metadata: { version: 1 },
  benchmarks: [4, 16].map((concurrency) => ({
    config: {},
    metrics: {
      requests_per_second: of(concurrency / 4),
      request_concurrency: of(concurrency),
      prompt_token_count: of(1024),
      output_token_count: of(256),
      time_to_first_token_ms: of(200),
      time_per_output_token_ms: of(26),
      inter_token_latency_ms: of(25),
    },
  })),
};

describe("benchmark files", () => {
  it("reads a vLLM result; requests in flight follow from Little's law", () => {
    // 5 a second x (0.35 + 255 x 0.03) s = 40 in flight, below the limit of 64.
    expect(parseBenchmark(JSON.stringify(vllm), file)).toEqual([
      {
        config: config(),
        shape: { inputTokens: 1024, outputTokens: 256, prefixHitShare: 0 },
        concurrency: 40,
        ttftMs: 350,
        tpotMs: 30,
        requestsPerSecond: 5,
        source: "own.json",
      },
    ]);
  });

  it("reads every load point of a GuideLLM report, and the time per token without the first", () => {
    expect(parseBenchmark(JSON.stringify(guideLlm), file)).toMatchObject([
      { concurrency: 4, tpotMs: 25, ttftMs: 200, source: "own.json, benchmarks.0" },
      { concurrency: 16, requestsPerSecond: 4, source: "own.json, benchmarks.1" },
    ]);
  });

  it.each([
    { name: "no JSON", text: "{", says: "is not JSON" },
    { name: "a list", text: "[]", says: "is no benchmark result" },
    { name: "another tool's file", text: '{"qps": 3}', says: "neither a GuideLLM report nor" },
    {
      name: "a vLLM result without streaming times",
      text: JSON.stringify({ ...vllm, mean_tpot_ms: 0 }),
      says: '"mean_tpot_ms"',
    },
    {
      name: "a report without a metric",
      text: '{"benchmarks": [{"metrics": {}}]}',
      says: "benchmarks.0.metrics.requests_per_second",
    },
  ])("refuses $name", ({ text, says }) => {
    expect(() => parseBenchmark(text, file)).toThrow(
      expect.objectContaining({ code: "TOP-SERVING-BENCHMARK", message: expect.stringContaining(says) }),
    );
  });

  it("names a file that is not there", async () => {
    await expect(readBenchmarks([{ ...file, path: "no/such.json" }])).rejects.toMatchObject({
      code: "TOP-HARDWARE-MISSING",
      message: "no/such.json cannot be read.",
    });
  });
});
