/**
 * How LiteLLM spells a provider and where it looks for the key.
 * Source: docs.litellm.ai/docs/providers, read 2026-11; names checked against litellm 1.106.2.
 */
interface Spelling {
  readonly prefix: string;
  /** Parameters of `litellm_params`; values are environment variables, never keys. */
  readonly parameters: Readonly<Record<string, string>>;
}

const keyed = (prefix: string, variable: string): Spelling => ({
  prefix,
  parameters: { api_key: `os.environ/${variable}` },
});

const BEDROCK: Spelling = {
  prefix: "bedrock",
  parameters: { aws_region_name: "os.environ/AWS_REGION_NAME" },
};
const VERTEX: Spelling = {
  prefix: "vertex_ai",
  parameters: {
    vertex_project: "os.environ/VERTEXAI_PROJECT",
    vertex_location: "os.environ/VERTEXAI_LOCATION",
  },
};
const GEMINI = keyed("gemini", "GEMINI_API_KEY");
const AZURE: Spelling = {
  prefix: "azure",
  parameters: {
    api_key: "os.environ/AZURE_API_KEY",
    api_base: "os.environ/AZURE_API_BASE",
    api_version: "os.environ/AZURE_API_VERSION",
  },
};

const SPELLINGS: Readonly<Record<string, Spelling>> = {
  openai: keyed("openai", "OPENAI_API_KEY"),
  anthropic: keyed("anthropic", "ANTHROPIC_API_KEY"),
  google: GEMINI,
  gemini: GEMINI,
  vertex_ai: VERTEX,
  google_vertex: VERTEX,
  aws: BEDROCK,
  aws_bedrock: BEDROCK,
  bedrock: BEDROCK,
  azure: AZURE,
  azure_openai: AZURE,
  mistral: keyed("mistral", "MISTRAL_API_KEY"),
  groq: keyed("groq", "GROQ_API_KEY"),
  cohere: keyed("cohere_chat", "COHERE_API_KEY"),
  deepseek: keyed("deepseek", "DEEPSEEK_API_KEY"),
  together: keyed("together_ai", "TOGETHERAI_API_KEY"),
  together_ai: keyed("together_ai", "TOGETHERAI_API_KEY"),
  fireworks: keyed("fireworks_ai", "FIREWORKS_AI_API_KEY"),
  fireworks_ai: keyed("fireworks_ai", "FIREWORKS_AI_API_KEY"),
  openrouter: keyed("openrouter", "OPENROUTER_API_KEY"),
  perplexity: keyed("perplexity", "PERPLEXITYAI_API_KEY"),
  xai: keyed("xai", "XAI_API_KEY"),
  cerebras: keyed("cerebras", "CEREBRAS_API_KEY"),
  moonshotai: keyed("moonshot", "MOONSHOT_API_KEY"),
};

/** `litellm_params` of a model. A provider that LiteLLM has no name for is taken as OpenAI-compatible. */
export function litellmParameters(provider: string, model: string): Record<string, string> {
  const name = provider.toLowerCase().replaceAll("-", "_").replace("x_ai", "xai");
  const spelling = SPELLINGS[name] ?? compatible(name);
  return { model: `${spelling.prefix}/${model}`, ...spelling.parameters };
}

function compatible(name: string): Spelling {
  const variable = name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replace(/^(?=\d|$)/, "PROVIDER_");
  return {
    prefix: "openai",
    parameters: { api_base: `os.environ/${variable}_API_BASE`, api_key: `os.environ/${variable}_API_KEY` },
  };
}
