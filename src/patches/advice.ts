import type { Patch, PatchInput, PatchWriter } from "./contract.js";
import {
  approvalLines,
  CANARY_SHARE,
  onOneLine,
  points,
  rollBackWhen,
  SIMULATED_NOTE,
  uncertifiedLines,
} from "./guard.js";
import { actionsOf } from "./routes.js";

type Action = PatchInput["plan"]["actions"][number];

/** Changes that live in the callers' code, where no file of ours can make them: what to change, and how to check. */
const ADVICE = [
  {
    lever: "prompt-caching",
    file: "prompt-caching-advice.md",
    title: "Use the provider's prompt cache",
    steps: [
      "Put what repeats first and byte for byte the same, the longest-lived before the others: tools, system prompt, documents, earlier turns. Put what changes (time, user, question) last; one changed byte ends the prefix there.",
      "Take out of the repeated part what makes it differ without need: times of day, request ids, keys of JSON in another order, tools in another order.",
      "Anthropic and Amazon Bedrock: mark the end of each part that lives alike with `cache_control`, at most four. OpenAI and Google cache by themselves once the prefix is long enough.",
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
  {
    lever: "service-tier",
    file: "service-tier-advice.md",
    title: "Use a slower tier of service",
    steps: [
      "Set `service_tier` on the calls of the clusters below: `flex`, or leave it out where the tier is standard.",
      "On flex, raise the client's timeout (15 minutes is common) and retry on 429: the tier may have no capacity for a while.",
      "Keep the request as it is otherwise: same model, same parameters.",
    ],
    check:
      "The tier in the provider's answers is the one you asked for; latency stays within what callers tolerate.",
    undo: "Remove `service_tier`, or set it back to `priority`.",
  },
  {
    lever: "semantic-cache",
    file: "semantic-cache-advice.md",
    title: "Answer what is much alike from a cache",
    steps: [
      "Serve a stored answer only where the context (instructions, earlier turns, tools) is equal, the last question is at least as alike as the threshold below, and negations, numbers, names and code are equal.",
      "Measure likeness as the run did. Another embedding serves other requests: it needs a run of its own.",
      "Keep one cache for each tenant, with the lifetime below; send everything else to the model.",
    ],
    check:
      "A sample of hits is graded every day: answers stay within the certified margin, none comes from another tenant.",
    undo: "Send all calls to the model again, and empty the cache.",
  },
  {
    lever: "context-window",
    file: "context-window-advice.md",
    title: "Send fewer earlier turns",
    steps: [
      "Send the system prompt, the tools and as many of the latest turns as stated below; leave the older ones out.",
      "Keep whole turns, and a call of a tool together with its answer.",
      "Leave conversations that are shorter as they are.",
    ],
    check: "Input tokens of long conversations fall; graded quality stays within the certified margin.",
    undo: "Send the whole conversation again.",
  },
  {
    lever: "system-prompt",
    file: "system-prompt-advice.md",
    title: "Shorten the system prompt",
    steps: [
      "Use the very text that the run has tested for the clusters below; a shorter one is another candidate.",
      "Keep it in one place, under review like code.",
    ],
    check: "Input tokens a request fall by the difference; graded quality stays within the certified margin.",
    undo: "Use the old text again.",
  },
  {
    lever: "prompt-compression",
    file: "prompt-compression-advice.md",
    title: "Compress long prompts",
    steps: [
      "Compress the prompts of the clusters below with the method and ratio that the run has tested, and no others.",
      "Leave the parts alone that a provider's prompt cache reads: compressing them changes the prefix.",
    ],
    check: "Input tokens fall by the ratio; graded quality stays within the certified margin.",
    undo: "Send prompts as they are.",
  },
  {
    lever: "output-control",
    file: "output-control-advice.md",
    title: "Set a ceiling on generated tokens",
    steps: [
      "Set `max_tokens` on the calls of the clusters below to the value below.",
      "Count answers that end for their length; each of them is cut.",
    ],
    check: "The share of cut answers is the tested one; graded quality stays within the certified margin.",
    undo: "Set the old ceiling again.",
  },
  {
    lever: "retry-policy",
    file: "retry-advice.md",
    title: "Limit retries",
    steps: [
      "Retry a failed call as often as stated below and no more, with growing pauses.",
      "Do not retry what fails for the request itself: a 400 fails again.",
      "Retry in one place only: client, gateway and framework multiply one another.",
    ],
    check: "Failed calls stay at their share; the calls behind one request fall.",
    undo: "Set the old number of retries again.",
  },
  {
    lever: "cascade",
    file: "cascade-advice.md",
    title: "Ask a cheap model first",
    steps: [
      "Send the calls of the clusters below to the candidate model first.",
      "Accept its answer by the very rule that the run tried; ask the baseline again where it does not accept.",
      "Count how many are escalated. The certificate holds for the share below; above it the saving shrinks.",
    ],
    check: "The escalated share stays at or below the one below, graded quality within the certified margin.",
    undo: "Send all calls to the baseline again.",
  },
  {
    lever: "distillation",
    file: "distillation-advice.md",
    title: "Move to the tuned model",
    steps: [
      "Train the student below on recorded answers of the baseline, held-out samples left out.",
      "Send the calls of the cluster to the tuned model that the run has tested, a tenth of them first.",
      "Train and test again when the task, the prompt or the base model changes.",
    ],
    check: "Graded quality stays within the certified margin; it is compared with the baseline every month.",
    undo: "Send all calls to the baseline again.",
  },
  {
    lever: "long-context-tier",
    file: "long-context-advice.md",
    title: "Keep requests below the long-context price",
    steps: [
      "Count input tokens before the call; the threshold is in the price list of the model.",
      "Where a request is above it by no more than the share below, cut it with the method that the run tried.",
      "Send all other requests as they are.",
    ],
    check:
      "Fewer requests are billed at the long-context rate; graded quality stays within the certified margin.",
    undo: "Stop cutting.",
  },
] as const;

export const advice: PatchWriter = {
  id: "advice",
  summary:
    "Changes of the callers (caches, batches, tiers, prompts, retries): what to do, how to check and undo it",
  write: (input) =>
    ADVICE.flatMap((text) => {
      const actions = actionsOf(input, text.lever);
      return actions.length === 0 ? [] : [describe(text, actions, input)];
    }),
};

function describe(
  text: (typeof ADVICE)[number],
  actions: readonly Action[],
  { simulated, uncertified }: PatchInput,
): Patch {
  const scopes = actions.map((action) => {
    const parameters = action.parameters.map(({ name, value }) => `${name} ${value}`).join(", ");
    return `- ${escapeMarkdown(action.cluster ?? "the whole fleet")}${parameters === "" ? "" : ` (${escapeMarkdown(parameters)})`}: USD ${Number(action.standaloneSavingUsd).toFixed(2)} a month on its own, at list price`;
  });
  const approvals = approvalLines(actions);
  const conditions = new Set(
    actions.flatMap(({ evidence }) => (evidence.kind === "structural" ? evidence.conditions : [])),
  );
  const blocks = [
    `# ${uncertified === undefined ? "" : "UNCERTIFIED: "}${text.title}`,
    ...(uncertified === undefined
      ? []
      : [
          uncertifiedLines(
            uncertified,
            actions.map(({ id }) => id),
          )
            .map((line) => `> ${escapeMarkdown(line)}`)
            .join("\n>\n"),
        ]),
    ...(simulated ? [`> ${SIMULATED_NOTE}`] : []),
    ...(approvals.length > 0
      ? [`Approve first:\n\n${approvals.map((line) => `- ${escapeMarkdown(line)}`).join("\n")}`]
      : []),
    scopes.join("\n"),
    text.steps.map((step, index) => `${index + 1}. ${step}`).join("\n"),
    ...(conditions.size > 0
      ? [
          `Holds as long as:\n\n${[...conditions].map((condition) => `- ${escapeMarkdown(condition)}`).join("\n")}`,
        ]
      : []),
    `Check: ${text.check}`,
    guardBlock(actions),
    `Roll back: ${text.undo}`,
  ];
  const said = blocks.join("\n\n");
  return {
    file: text.file,
    // Advice speaks of certificates, and there is none.
    text: `${uncertified === undefined ? said : said.replaceAll("certified margin", "planned margin")}\n`,
    summary: `${text.title}: ${actions.length === 1 ? "1 cluster" : `${actions.length} clusters`}.`,
    actions: actions.map(({ id }) => id),
  };
}

/** How it goes live; only what could alter answers has a trigger on their quality. */
function guardBlock(actions: readonly Action[]): string {
  const margins = actions.flatMap(({ evidence }) =>
    evidence.kind === "structural" ? [] : [evidence.margin],
  );
  const triggers = rollBackWhen(points(Math.min(1, ...margins)));
  const held = margins.length > 0 ? triggers : triggers.slice(1);
  return `Guard: ${Math.round(100 * CANARY_SHARE)} of 100 calls first, all after a week without a trigger:\n\n${held.map((line) => `- ${line}`).join("\n")}`;
}

const escapeMarkdown = (text: string): string =>
  onOneLine(text)
    .replaceAll(/[\\`*_[\]|]/g, "\\$&")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
