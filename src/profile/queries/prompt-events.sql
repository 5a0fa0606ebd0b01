-- The events that prompts on file belong to.
SELECT id, any_value(intent) AS intent, any_value(provider) AS provider, any_value(model) AS model,
  any_value(cost_usd)::DOUBLE AS cost_usd
FROM read_parquet({{events}})
SEMI JOIN prompt_ids ON prompt_ids.event_id = id
GROUP BY id;
