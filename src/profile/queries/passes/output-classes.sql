-- Answers between two ceilings of generated tokens: count and sum of every class above a ceiling give its tail exactly.
SELECT
  cluster, provider, model, context_class, batch,
  CAST({{cap_class}} AS BIGINT) AS cap_class,
  count(*) AS requests,
  CAST(sum(output_tokens) AS BIGINT) AS output_tokens
FROM profile_requests
WHERE output_tokens IS NOT NULL
GROUP BY cluster, provider, model, context_class, batch, CAST({{cap_class}} AS BIGINT)
