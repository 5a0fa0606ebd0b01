-- Cortex AI functions, the view before: one row per query, function and model, in the hour the query ended.
SELECT
  u.usage_time AS start_time,
  u.function_name AS function_name,
  u.model_name AS model_name,
  u.query_id AS query_id,
  u.query_tag AS query_tag,
  u.user_id AS user_id,
  u.tokens AS tokens,
  u.tokens_granular AS tokens_granular,
  u.token_credits AS credits
FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_AISQL_USAGE_HISTORY AS u
WHERE u.usage_time >= TO_TIMESTAMP_TZ(:since) AND u.usage_time < TO_TIMESTAMP_TZ(:until)
ORDER BY u.usage_time, u.query_id, u.function_name, u.model_name
