import type { Patch, PatchInput, PatchWriter } from "./contract.js";
import { onOneLine, SIMULATED_NOTE } from "./guard.js";
import { certifiedOf } from "./routes.js";

type Action = PatchInput["plan"]["actions"][number];

/** Changes that live in the callers' code, where no file of ours can make them: what to change, and how to check. */
const ADVICE = [
  {
    lever: "prompt-caching",
    file: "prompt-caching-advice.md",
    title: "Use the provider's prompt cache",
    steps: [
      "Put what repeats (system prompt, tools, documents) first and byte for byte the same; put what changes last.",
      "Anthropic and Amazon Bedrock: mark the end of the repeated part with `cache_control`. OpenAI and Google cache by themselves once the prefix is long enough.",
      "Choose the lifetime below; a longer one costs more to write.",
    ],
    check:
      "Cached input tokens in the provider's usage rise towards the replayed share; answers do not change.",
    undo: "Remove the marks. Nothing else depends on them.",
  },
  {
    lever: "batch-api",
    file: "batch-advice.md",
    title: "Send what can wait in batches",
    steps: [
      "Collect the calls of the clusters below and send them through the provider's batch interface.",
      "Keep the request as it is: same model, same parameters.",
      "Match answers by `custom_id`, and send what failed or expired as ordinary calls.",
    ],
    check: "Answers arrive within the provider's window (a day); the bill shows the batch price.",
    undo: "Send the calls one by one again.",
  },
] as const;

export const advice: PatchWriter = {
  id: "advice",
  summary: "Prompt caching and batches: what to change in the callers, how to check and undo it",
  write: (input) =>
    ADVICE.flatMap((text) => {
      const actions = certifiedOf(input, text.lever);
      return actions.length === 0 ? [] : [describe(text, actions, input.simulated)];
    }),
};

function describe(text: (typeof ADVICE)[number], actions: readonly Action[], simulated: boolean): Patch {
  const scopes = actions.map((action) => {
    const parameters = action.parameters.map(({ name, value }) => `${name} ${value}`).join(", ");
    return `- ${escapeMarkdown(action.cluster ?? "the whole fleet")}${parameters === "" ? "" : ` (${escapeMarkdown(parameters)})`}: USD ${Number(action.standaloneSavingUsd).toFixed(2)} a month on its own, at list price`;
  });
  const conditions = new Set(
    actions.flatMap(({ evidence }) => (evidence.kind === "structural" ? evidence.conditions : [])),
  );
  const blocks = [
    `# ${text.title}`,
    ...(simulated ? [`> ${SIMULATED_NOTE}`] : []),
    scopes.join("\n"),
    text.steps.map((step, index) => `${index + 1}. ${step}`).join("\n"),
    ...(conditions.size > 0
      ? [
          `Holds as long as:\n\n${[...conditions].map((condition) => `- ${escapeMarkdown(condition)}`).join("\n")}`,
        ]
      : []),
    `Check: ${text.check}`,
    `Roll back: ${text.undo}`,
  ];
  return {
    file: text.file,
    text: `${blocks.join("\n\n")}\n`,
    summary: `${text.title}: ${actions.length === 1 ? "1 cluster" : `${actions.length} clusters`}.`,
    actions: actions.map(({ id }) => id),
  };
}

const escapeMarkdown = (text: string): string =>
  onOneLine(text)
    .replaceAll(/[\\`*_[\]|]/g, "\\$&")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
