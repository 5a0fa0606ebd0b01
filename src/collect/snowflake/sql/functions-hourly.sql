-- Cortex functions, the oldest view: sums by hour, function, model and warehouse, without a split of tokens.
SELECT
  u.start_time AS start_time,
  u.function_name AS function_name,
  u.model_name AS model_name,
  u.warehouse_id AS warehouse_id,
  u.tokens AS tokens,
  u.token_credits AS credits
FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_FUNCTIONS_USAGE_HISTORY AS u
WHERE u.start_time >= TO_TIMESTAMP_TZ(:since) AND u.start_time < TO_TIMESTAMP_TZ(:until)
ORDER BY u.start_time, u.function_name, u.model_name, u.warehouse_id
