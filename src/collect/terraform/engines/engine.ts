import type { ServingEngine } from "../../../serving/contract.js";

interface Mark {
  readonly engine: ServingEngine;
  readonly pattern: RegExp;
}

/** By the image that runs; the more telling names first. */
const IMAGES: readonly Mark[] = [
  { engine: "sglang", pattern: /sglang/i },
  { engine: "tensorrt-llm", pattern: /tensorrt[-_]?llm|trt[-_]?llm|trtllm/i },
  { engine: "text-generation-inference", pattern: /text-generation-inference|(^|[/-])tgi([-:/]|$)/i },
  { engine: "vllm", pattern: /vllm/i },
  { engine: "nim", pattern: /nvcr\.io\/nim\/|(^|\/)nim-/i },
  { engine: "triton", pattern: /tritonserver/i },
  { engine: "lmdeploy", pattern: /lmdeploy/i },
  { engine: "ollama", pattern: /(^|\/)ollama([:/]|$)/i },
  { engine: "onnxruntime", pattern: /onnxruntime/i },
];

/** By what is started in an image of one's own. */
const COMMANDS: readonly Mark[] = [
  { engine: "sglang", pattern: /(^|[\s/])sglang(\.launch_server|\s+serve)?(\s|$)/ },
  { engine: "tensorrt-llm", pattern: /(^|[\s/])trtllm-serve(\s|$)/ },
  { engine: "text-generation-inference", pattern: /text-generation-launcher/ },
  { engine: "vllm", pattern: /(^|[\s/])vllm\s+serve(\s|$)|vllm\.entrypoints/ },
  { engine: "lmdeploy", pattern: /(^|[\s/])lmdeploy\s+serve/ },
  { engine: "triton", pattern: /(^|[\s/])tritonserver(\s|$)/ },
  { engine: "ollama", pattern: /(^|[\s/])ollama\s+serve/ },
];

/** The engine that an image or its command names; null where neither does: no guess from anything else. */
export function engineOf(image: string | null, words: readonly string[]): ServingEngine | null {
  const command = words.join(" ");
  const byCommand = COMMANDS.find(({ pattern }) => pattern.test(command));
  const byImage = image === null ? undefined : IMAGES.find(({ pattern }) => pattern.test(image));
  return (byCommand ?? byImage)?.engine ?? null;
}

/** NIM images carry the model in their name: `nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3`. */
export const nimModel = (image: string | null): string | null =>
  /nvcr\.io\/nim\/([^:@]+)/.exec(image ?? "")?.[1] ?? null;
