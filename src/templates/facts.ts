/**
 * What `environment_match` may ask: facts about a user's workload and fleet. One flat record, filled from the profile,
 * the discovered configuration and the user; a fact that nobody could fill is unknown, never guessed.
 */
export interface Fact {
  readonly name: string;
  readonly kind: "number" | "list" | "flag";
  /** Unit of a number; what the entries look like, for a list. A `share` is written as a percentage or as 0 to 1. */
  readonly unit: string;
  readonly meaning: string;
}

const number = (name: string, unit: string, meaning: string): Fact => ({
  name,
  kind: "number",
  unit,
  meaning,
});
const share = (name: string, meaning: string): Fact => number(name, "share", meaning);
const list = (name: string, unit: string, meaning: string): Fact => ({ name, kind: "list", unit, meaning });
const flag = (name: string, meaning: string): Fact => ({ name, kind: "flag", unit: "yes or no", meaning });

/** In the order that the guide prints them: the bill, the shape of requests, repetition, quality, the fleet. */
export const FACTS: readonly Fact[] = [
  number("monthly_cost_usd", "USD a month", "LLM spend: API bills and serving fleet together"),
  number("api_monthly_cost_usd", "USD a month", "spend on calls billed per token"),
  number("requests_per_month", "requests a month", "calls to models, retries included"),
  number("top_model_cost_share", "share", "share of the spend that the costliest model has"),
  number("model_count", "models", "distinct models in use"),
  number("tenant_count", "tenants", "distinct tenants in the events"),
  list("models", "model names", "models in use, as in the events"),
  list("providers", "provider names", "sellers in use, as in the events"),
  list("intents", "intent names", "intents or cluster names in use"),
  number("input_tokens_per_request", "tokens a request", "mean input, cached tokens included"),
  number("output_tokens_per_request", "tokens a request", "mean output, reasoning tokens included"),
  number("output_input_ratio", "tokens per token", "output tokens divided by input tokens"),
  number("p95_input_tokens", "tokens a request", "95th percentile of the input"),
  share("long_context_share", "requests with more than 32,000 input tokens"),
  share("truncated_share", "requests whose output ended at max_tokens"),
  share("reasoning_token_share", "output tokens that are reasoning"),
  share("conversation_share", "requests that belong to a conversation of two or more turns"),
  share("batch_share", "requests already sent through a batch interface"),
  share("delay_tolerant_share", "requests whose callers accept an answer within a day"),
  share("prompt_hash_coverage", "requests that carry a prompt hash, so that repetition can be replayed"),
  share("repeated_request_share", "requests that repeat an earlier one exactly"),
  share("near_duplicate_share", "requests close in meaning to an earlier one, by replay of embeddings"),
  share("prefix_token_share", "input tokens in a prefix that an earlier request also had"),
  share("cached_input_share", "input tokens already billed as cached"),
  share("error_share", "requests that ended in an error, a timeout or a rate limit"),
  share("retry_share", "requests that retry an earlier one"),
  number("p95_latency_ms", "ms", "95th percentile of the time to the whole answer"),
  number("p95_ttft_ms", "ms", "95th percentile of the time to the first token"),
  number("peak_to_mean_ratio", "requests per request", "busiest hour's requests divided by the mean hour's"),
  share("quality_coverage", "requests with a quality score"),
  flag("self_hosted", "a part of the requests is served by GPUs that the user rents or owns"),
  number("gpu_count", "GPUs", "GPUs that serve inference, at the mean hour"),
  share("gpu_utilization", "mean share of the time that serving GPUs compute"),
  share("gpu_memory_utilization", "mean share of GPU memory in use, KV cache included"),
  share("memory_bandwidth_utilization", "mean share of the GPU memory bandwidth in use"),
  number("gpu_monthly_cost_usd", "USD a month", "spend on serving GPUs"),
  number("gpu_hourly_cost_usd", "USD a GPU hour", "mean price of a serving GPU hour"),
  number("max_concurrent_requests", "requests", "requests in flight at the busiest minute"),
  number("model_parameters_billion", "10^9 parameters", "size of the largest self-hosted model"),
  share("spot_share", "GPU hours bought as spot or preemptible capacity"),
  share("reserved_share", "GPU hours under a reservation or savings plan"),
  flag("autoscaling", "the number of serving replicas follows the load"),
  list("gpu_types", "a100-80gb, h100, l4, t4, ...", "GPUs that serve inference"),
  list("engines", "vllm, sglang, tensorrt-llm, tgi, onnxruntime, pytorch, triton", "serving engines in use"),
  list("precisions", "fp32, fp16, bf16, fp8, int8, int4", "number formats of self-hosted models' weights"),
  list("clouds", "aws, azure, gcp, on_premises", "where the fleet and the data are"),
  list("regions", "as the cloud spells them", "regions in use"),
  list(
    "platforms",
    "databricks, snowflake, kubernetes, sagemaker, vertex, bedrock, azure_openai",
    "platforms that calls run on",
  ),
  flag("terraform_managed", "the fleet is described by Terraform files"),
  flag("gateway", "calls pass through one gateway or proxy, such as LiteLLM or Kong"),
  flag("data_residency", "the policy ties data to regions"),
  flag("edge_capable", "documents or requests may be processed on devices or at sites of the user"),
  number("training_gpu_hours_per_month", "GPU hours a month", "fine-tuning and distillation jobs"),
];
