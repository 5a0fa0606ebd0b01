import type { Random } from "../../shared/random.js";
import type { Sample } from "../contract.js";
import type { PromptEntry } from "../prompts/index-prompts.js";
import { readPrompts } from "../prompts/read-prompts.js";
import { type Candidate, type Draw, drawSamples, type SampleDesign } from "./draw-samples.js";
import { representatives } from "./representatives.js";

/** A prompt with what the events and the clustering said about it. */
export interface PlacedPrompt extends PromptEntry, Candidate {}

export interface SamplingInput {
  readonly path: string;
  readonly prompts: readonly PlacedPrompt[];
  readonly texts: ReadonlyMap<number, string>;
  readonly clusterCost: ReadonlyMap<string, number>;
  readonly design: SampleDesign;
  readonly total: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Draws, then reads the chosen lines again: no prompt text is held for those that were not chosen. */
export async function buildSamples(input: SamplingInput): Promise<Sample[]> {
  const { prompts, design, total, clusterCost, random } = input;
  const draws = drawSamples(prompts, { design, total, clusterCost }, random);
  const nearest = representatives(input.texts, (at) => prompts[at]!.cluster);
  const shown = [...nearest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, positions]) => positions)
    .map((at, index) => ({ at, order: draws.length + index }));
  const wanted = new Set([...draws, ...shown].map(({ at }) => prompts[at]!.line));
  const content = await readContent(input.path, wanted, input.signal);
  const of = (at: number): PlacedPrompt & Content => ({
    ...prompts[at]!,
    ...content.get(prompts[at]!.line)!,
  });
  return [
    ...draws.map((draw) => inferenceSample(of(draw.at), draw)),
    ...shown.map(({ at, order }) => representativeSample(of(at), order)),
  ];
}

/** In words, for the artifact: which draw the inclusion probabilities belong to. */
export function describeDesign(design: SampleDesign): string {
  return design === "uniform"
    ? "stratified by cluster, uniform without replacement within a cluster, at least 100 a cluster, the rest by the cluster's cost; one random order"
    : "stratified by cluster and cost tercile, uniform without replacement within a stratum, Neyman allocation on cost; one random order";
}

type Content = Pick<Sample, "messages" | "reference" | "grader" | "max_tokens" | "tools" | "response_format">;

async function readContent(
  path: string,
  lines: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Content>> {
  const content = new Map<number, Content>();
  for await (const read of readPrompts(path, signal)) {
    if (!("prompt" in read) || !lines.has(read.line)) continue;
    const { messages, prompt, reference, grader, max_tokens, tools, response_format } = read.prompt;
    content.set(read.line, {
      messages: messages ?? [{ role: "user", content: prompt }],
      ...(reference !== undefined && { reference }),
      grader: grader ?? null,
      max_tokens: max_tokens ?? null,
      ...(tools !== undefined && { tools }),
      ...(response_format !== undefined && { response_format }),
    });
  }
  return content;
}

function inferenceSample(prompt: PlacedPrompt & Content, draw: Draw): Sample {
  return {
    ...common(prompt),
    role: "inference",
    stratum: draw.stratum,
    inclusion_probability: draw.inclusionProbability,
    weight: draw.weight,
    order: draw.order,
    ...contentOf(prompt),
  };
}

function representativeSample(prompt: PlacedPrompt & Content, order: number): Sample {
  return {
    ...common(prompt),
    role: "representative",
    stratum: prompt.cluster,
    inclusion_probability: null,
    weight: null,
    order,
    ...contentOf(prompt),
  };
}

const common = ({ id, cluster }: PlacedPrompt): Pick<Sample, "id" | "cluster"> => ({ id, cluster });

function contentOf({
  provider,
  model,
  messages,
  reference,
  grader,
  max_tokens,
  tools,
  response_format,
}: PlacedPrompt & Content): Pick<Sample, "provider" | "model" | keyof Content> {
  return {
    provider,
    model,
    messages,
    ...(reference !== undefined && { reference }),
    grader,
    max_tokens,
    ...(tools !== undefined && { tools }),
    ...(response_format !== undefined && { response_format }),
  };
}
