import { compileRule, type Matcher, type MatchRule } from "./match-rule.js";

/** What a price list says about a seller beside its prices. */
export interface SellerFacts {
  readonly id: string;
  /** Recognises other spellings of the seller's name. */
  readonly match?: MatchRule;
  /** Recognises models that the seller itself makes. */
  readonly makes?: MatchRule;
  /** Sellers at whose prices this one resells what it does not list itself. */
  readonly resells?: readonly string[];
}

/** `any`: the name says nothing about the seller. `none`: a name, but of no seller in the book. */
export type Seller = { readonly kind: "any" | "none" } | { readonly kind: "seller"; readonly id: string };

export interface SellerNames {
  /** The seller that a logged provider name means. */
  resolve(provider: string | null): Seller;
  /** The name to look a model up by, and the seller that its spelling gives away (`bedrock/…`, `us.anthropic.…`). */
  readModel(model: string): { readonly names: readonly string[]; readonly seller: string | null };
}

const ANY: Seller = { kind: "any" };
const NONE: Seller = { kind: "none" };

/** Gateways and placeholders: they pass calls on and bill nothing of their own. */
const GATEWAYS = new Set([
  "",
  "unknown",
  "litellm",
  "litellm_proxy",
  "portkey",
  "helicone",
  "langfuse",
  "gateway",
]);

/**
 * Spellings seen in OpenTelemetry (`gen_ai.provider.name`), LiteLLM and cloud exports. Clouds stand first, since
 * `azure_openai` and `bedrock_anthropic` name the maker too but the cloud sends the bill.
 */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^azure|\bazure\b|^az\./, "azure"],
  [/bedrock|^aws\b|^aws_|^amazon/, "aws"],
  [/vertex|^gcp\b|^gcp_|^google|^gemini/, "google"],
  [/^x[-_.]?ai$|^grok$/, "x-ai"],
  [/^together([-_.]?ai|[-_.]?computer|xyz)?$/, "together"],
  [/^fireworks([-_.]?ai)?$/, "fireworks"],
  [/^mistral([-_.]?ai|ai)?$/, "mistral"],
  [/^moonshot([-_.]?ai|ai)?$|^kimi$/, "moonshotai"],
  [/^deepseek([-_.]?ai)?$/, "deepseek"],
  [/^cohere(_chat)?$/, "cohere"],
  [/^perplexity([-_.]?ai)?$|^pplx$/, "perplexity"],
  [/^github[-_.]copilot$/, "github-copilot"],
];

/** Bedrock model ids: an optional geography, the maker, a dot; `us.anthropic.claude-…`, `amazon.nova-…`. */
const BEDROCK_ID =
  /^((us|us-gov|eu|apac|jp|au|ca|global)\.)?(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|stability|writer|twelvelabs|luma)\.[a-z]/;

/** Vertex AI pins versions behind an `@`: `claude-3-5-sonnet@20240620`. */
const VERTEX_ID = /^[a-z][\w.-]*@(\d{8}|latest|default|\d{3})$/;

const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/;

export function createSellerNames(sellers: readonly SellerFacts[]): SellerNames {
  const known = new Set(sellers.map((seller) => seller.id));
  const matchers = sellers.flatMap((seller): { id: string; matches: Matcher }[] =>
    seller.match === undefined ? [] : [{ id: seller.id, matches: compileRule(seller.match) }],
  );
  const resolve = (provider: string | null): Seller => {
    const name = (provider ?? "").trim().toLowerCase();
    if (GATEWAYS.has(name)) return ANY;
    if (known.has(name)) return { kind: "seller", id: name };
    // "openai_compatible" and the like is any server that speaks the protocol, often the user's own.
    if (name.includes("compatible")) return NONE;
    const id =
      SPELLINGS.find(([spelling]) => spelling.test(name))?.[1] ??
      matchers.find((matcher) => matcher.matches(name))?.id;
    return id === undefined ? NONE : { kind: "seller", id };
  };
  const readModel: SellerNames["readModel"] = (model) => {
    const given = model.trim().toLowerCase();
    const names = [given];
    let seller: string | null = null;
    const inPath = /^arn:aws:bedrock:.*\/([^/]+)$|^(?:.*\/)?models\/([^/]+)$/.exec(given);
    if (inPath !== null) names.push((inPath[1] ?? inPath[2])!);
    // A prefix is dropped only where it names a seller: "someone/claude-distilled" is not Anthropic's.
    for (let rest = given, slash = rest.indexOf("/"); slash > 0; slash = rest.indexOf("/")) {
      const prefix = resolve(rest.slice(0, slash));
      if (prefix.kind === "none") break;
      rest = rest.slice(slash + 1);
      names.push(rest);
      if (prefix.kind === "seller") seller ??= prefix.id;
    }
    const dated = names.map((name) => name.replace(COMPACT_DATE, "-$1-$2-$3"));
    const all = [...new Set([...names, ...dated])];
    if (seller === null && all.some((name) => BEDROCK_ID.test(name))) seller = "aws";
    if (seller === null && all.some((name) => VERTEX_ID.test(name))) seller = "google";
    return { names: all, seller: seller !== null && known.has(seller) ? seller : null };
  };
  return { resolve, readModel };
}
