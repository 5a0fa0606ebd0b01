-- Cortex AI functions, newest view: one row per query, function, model and hour.
SELECT
  u.start_time AS start_time,
  u.function_name AS function_name,
  u.model_name AS model_name,
  u.query_id AS query_id,
  u.query_tag AS query_tag,
  u.user_id AS user_id,
  u.metrics AS metrics,
  u.credits AS credits
FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_AI_FUNCTIONS_USAGE_HISTORY AS u
WHERE u.start_time >= TO_TIMESTAMP_TZ(:since) AND u.start_time < TO_TIMESTAMP_TZ(:until)
ORDER BY u.start_time, u.query_id, u.function_name, u.model_name
