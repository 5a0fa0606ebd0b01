-- Requests to the Cortex REST API: one row each. The view has no credits.
SELECT
  u.start_time AS start_time,
  u.request_id AS request_id,
  u.model_name AS model_name,
  u.tokens AS tokens,
  u.tokens_granular AS tokens_granular,
  u.user_id AS user_id,
  u.inference_region AS inference_region
FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_REST_API_USAGE_HISTORY AS u
WHERE u.start_time >= TO_TIMESTAMP_TZ(:since) AND u.start_time < TO_TIMESTAMP_TZ(:until)
ORDER BY u.start_time, u.request_id
