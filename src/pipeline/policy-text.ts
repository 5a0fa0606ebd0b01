/** A policy with every field at its default, explained: what `init` writes. A test holds it to the schema. */
export const POLICY_TEXT = `# What a plan may do and what it must keep. Every field stands at its default; a field that you delete keeps it.
# A share such as 0.01 is one percentage point. null means "no rule". Lists in comments are examples.
# Guide: docs/guide/plan.md. All fields with their types: tokenop schema policy
apiVersion: tokenop/v1
kind: Policy

quality:
  budget: 0.01          # largest quality loss over all requests together: one point
  alpha: 0.05           # chance that any certificate of the plan is wrong
  maximum_margin: 0.1   # largest loss on the requests of any one change, however few they are
  protected_intents: [] # - { intent: contract-review, margin: 0 }   0: no change that could affect quality

latency:
  p95_ms: null          # 95 of 100 answers are complete within this; intents below that can wait are exempt
  ttft_ms: null         # time to first token, for self-hosted serving
  tpot_ms: null         # time per output token, for self-hosted serving
  batch_tolerant_intents: [] # callers tolerate an answer within a day: [nightly-digest]
  flex_tolerant_intents: []  # callers tolerate an answer within minutes: [enrichment]

# By naming an intent you attest: the whole request is the key, temperature is 0, and the answer depends on no time,
# user or tool state.
exact_cache:
  attested_intents: []  # [faq-answer]
  maximum_ttl_seconds: 86400

# Where requests may go. "deny" wins over "allow". Models: "model" or "provider/model", a final * stands for any ending.
# Regions: "eu-west-1", "aws/eu-west-1", or a beginning such as "eu-".
allow:
  providers: null       # null: those in use, and those of your candidates
  models: null          # null: any model of those providers
  regions: null         # a provider then counts only where your log shows it in such a region
  levers: null          # null: every lever
deny:
  providers: []
  models: []            # [gpt-3.5*, acme/beta]
  regions: []           # [us-]
  levers: []            # [distillation]
data_residency: null    # where requests may be processed, fleets included: [eu-, europe-]
candidates: []          # - { provider: openai, model: gpt-4o-mini }   beside cheaper models of the same class

risk_appetite: medium   # low, medium or high: levers of higher risk are left out

cost:
  monthly_maximum_usd: null # a plan that costs more is refused
  minimum_saving_share: 0   # a plan that saves less of the bill is refused

commitment:
  maximum_months: 12    # longest commitment to GPUs; 0: none
  maximum_usd_month: null # all commitments together
spot:
  maximum_share: 0.7    # of the GPU-hours of one fleet
# By naming a lever you attest the conditions that the plan lists with its changes of fleets, such as "interrupted
# requests are sent again" for spot. Changes that could alter answers still need a run.
fleet_changes:
  attested_levers: []   # [right-size, autoscaling, spot]
self_host:
  allowed: true         # false: no new fleet; fleets in place may change
  models: null          # open-weight models; null: of the class of the models in use
  operations_hours_month: 20 # people's time that a new fleet takes every month

economics:
  hourly_rate_usd: 200  # an engineer's hour
  amortisation_months: 12 # one-off cost is spread over this when changes are compared
  discount_rate_year: 0.1
  horizon_months: 12    # of net present value and payback
  effort: []            # - { lever: route, setup_hours: 16, hours_per_scope: 2 }   where you know better

# Actions that somebody must approve before they ship. All that "when" states must hold:
# layer, lever, risk (this one or higher), saving_above_usd_month.
approvals: []           # - { when: { layer: infrastructure, risk: medium }, by: platform-team }

# Stricter rules for single tenants; their requests are planned apart. Fields: allow, deny, data_residency,
# margin (largest loss on their requests), batch_tolerant, flex_tolerant.
tenants: []             # - { tenant: acme, data_residency: [eu-], deny: { models: [beta-*] }, margin: 0 }

run:
  budget_usd: 5         # most that \`tokenop run\` may spend
  sample_size: 100      # pairs that you are ready to grade for one question
  send_to: []           # hosts that prompt text may be sent to: [api.openai.com]
`;
