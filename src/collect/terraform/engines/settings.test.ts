import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engineOf, nimModel } from "./engine.js";
import { settingsOf } from "./settings.js";

const read = (engine: Parameters<typeof settingsOf>[0], ...words: string[]) =>
  settingsOf(engine, { words, environment: [] });

describe("options of an engine", () => {
  it.each([
    ["vllm", ["vllm", "serve", "org/model", "-tp", "2"], { model: "org/model", tensorParallel: 2 }],
    ["vllm", ["serve", "org/model"], { model: "org/model" }],
    ["vllm", ["--model=org/model", "--enable-prefix-caching"], { model: "org/model", prefixCaching: true }],
    [
      "vllm",
      ["--served-model-name", "a", "b", "--dtype", "bfloat16"],
      { servedNames: ["a", "b"], quantization: "bfloat16" },
    ],
    ["vllm", ["--enable-prefix-caching=false"], { prefixCaching: false }],
    [
      "vllm",
      ["/bin/sh", "-c", "exec vllm serve 'org/model' --max-num-seqs 64 && true"],
      { model: "org/model", maximumBatch: 64 },
    ],
    [
      "sglang",
      ["--model-path", "m", "--tp", "8", "--context-length", "4096"],
      { model: "m", tensorParallel: 8, maximumContext: 4096 },
    ],
    [
      "tensorrt-llm",
      ["trtllm-serve", "m", "--max_batch_size", "8", "--pp_size", "2"],
      { model: "m", maximumBatch: 8, pipelineParallel: 2 },
    ],
    [
      "text-generation-inference",
      ["--model-id", "m", "--num-shard", "4", "--quantize", "awq"],
      { model: "m", tensorParallel: 4, quantization: "awq" },
    ],
  ] as const)("%s %j", (engine, words, expected) => {
    expect(read(engine, ...words)).toMatchObject(expected);
  });

  it("stated twice count as the last one does", () => {
    expect(read("vllm", "--max-num-seqs", "8", "--max-num-seqs=16").maximumBatch).toBe(16);
  });

  it("outside of the fixed list never come out, nor does what follows them", () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/).map((text) => `SECRET${text}`);
    const flag = fc.constantFrom("--api-key", "--hf-token", "-k", "--ssl-keyfile", "--otlp-headers", "--x");
    fc.assert(
      fc.property(fc.array(fc.tuple(flag, secret, fc.boolean())), fc.boolean(), (pairs, shell) => {
        const words = pairs.flatMap(([name, value, joined]) =>
          joined ? [`${name}=${value}`] : [name, value],
        );
        const all = ["vllm", "serve", "org/model", ...words, "--max-num-seqs", "4"];
        const environment = pairs.map(([, value], index) => ({ name: `TOKEN_${index}`, value }));
        const settings = settingsOf("vllm", {
          words: shell ? ["sh", "-c", all.join(" ")] : all,
          environment,
        });
        expect(JSON.stringify(settings)).not.toContain("SECRET");
        expect(settings).toMatchObject({ model: "org/model", maximumBatch: 4 });
      }),
    );
  });

  it("lose credentials within an address", () => {
    expect(read("vllm", "--model", "s3://key:pass@bucket/model?sig=abc").model).toBe("s3://bucket/model");
  });
});

describe("an engine", () => {
  it.each([
    ["vllm/vllm-openai:v0.10", [], "vllm"],
    ["docker.io/lmsysorg/sglang:latest", [], "sglang"],
    ["nvcr.io/nvidia/tensorrt-llm/release:1.0", [], "tensorrt-llm"],
    ["nvcr.io/nvidia/tritonserver:24.05-trtllm-python-py3", [], "tensorrt-llm"],
    ["nvcr.io/nvidia/tritonserver:24.05-py3", [], "triton"],
    ["nvcr.io/nim/meta/llama-3.1-8b-instruct:1", [], "nim"],
    ["registry.example.com/ours:1", ["python3", "-m", "vllm.entrypoints.openai.api_server"], "vllm"],
    ["registry.example.com/ours:1", ["sh", "-c", "sglang serve --model-path x"], "sglang"],
    ["nginx:1", [], null],
    ["registry.example.com/strategic:1", [], null],
  ] as const)("of %s %j is %s", (image, words, engine) => {
    expect(engineOf(image, words)).toBe(engine);
  });

  it("of NVIDIA's images has its model in the name", () => {
    expect(nimModel("nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3")).toBe("meta/llama-3.1-8b-instruct");
    expect(nimModel("vllm/vllm-openai")).toBeNull();
  });
});
