import { describe, expect, it } from "vitest";
import { levers } from "../../src/levers/index.js";
import { FACTS, type FactValues, type Template } from "../../src/templates/contract.js";
import { lintTemplates, matchTemplate, placeOf, readTemplates, SHIPPED } from "../../src/templates/index.js";

/** What the catalogue is to hold; a template that is added stands here too. */
const IDS = `
  pytorch-to-onnx-migration vllm-high-throughput-optimization gptq-4bit-quantization smart-model-routing
  context-window-optimization memory-bandwidth-optimization vllm-migration-memory-bound document-analysis-edge
  multi-framework-resilience long-context-memory-management distributed-training-optimization
  realtime-latency-optimization cost-sensitive-batch-processing tensorrt-llm-performance
  sglang-concurrency-optimization domain-specific-distillation max-tokens-optimization system-prompt-optimization
  error-handling-optimization document-pipeline-optimization realtime-budget-controls multi-tenant-optimization
  api-gateway-optimization comprehensive-apm quality-monitoring ab-testing-framework auto-scaling-optimization
  semantic-caching prompt-caching batch-api prompt-compression spot-instance-optimization reserved-instance-planning
  multi-region-deployment databricks-vllm-optimization snowflake-api-routing terraform-spot-instances
  caching-routing-synergy full-stack-optimization
`
  .trim()
  .split(/\s+/)
  .sort();

const LEAST_CROSS_LAYER = 8;

const { parsed, problems } = await readTemplates([SHIPPED]);
const templates: readonly Template[] = parsed.map(({ template }) => template);

/** A workload without any calls and without any fleet: nothing may be proposed for it. */
const NOTHING: FactValues = Object.fromEntries(
  FACTS.map(({ name, kind }) => [name, { number: 0, list: [], flag: false }[kind]]),
);

describe("the shipped catalogue", () => {
  it("holds every template, in the folder of its layer, at least eight of them across layers", () => {
    expect(templates.map(({ id }) => id).sort()).toEqual(IDS);
    const cross = templates.filter(({ layers }) => layers.length > 1);
    expect(cross.length).toBeGreaterThanOrEqual(LEAST_CROSS_LAYER);
    for (const { file, layers } of templates) {
      expect(file).toContain(`/${layers.length > 1 ? "cross" : layers[0]}-layer/`);
    }
  });

  it("passes lint whole", () => {
    const found = [...problems, ...lintTemplates(parsed, { leverIds: levers.map(({ id }) => id) })];
    const said = found.map(
      (problem) =>
        `${placeOf(problem)} ${problem.field}: ${problem.message}; found ${problem.found}, expected ${problem.expected}`,
    );
    expect(said).toEqual([]);
  });

  it.each(templates.map((template) => [template.id, template] as const))(
    "%s is not for everybody",
    (_id, template) => {
      expect(matchTemplate(template, NOTHING).fits).toBe("no");
      expect(matchTemplate(template, {}).fits).toBe("unknown");
    },
  );
});
