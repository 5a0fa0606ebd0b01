-- Models without a list price, and what they carry.
SELECT
  provider, model,
  sum(requests)::BIGINT AS events,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  sum(billed_usd) AS billed
FROM workload_cube
WHERE list_usd IS NULL
GROUP BY ALL
ORDER BY events DESC, provider, model;
