-- Cortex Search: serving costs by the size of the index, queried or not; embedding by the token.
SELECT
  DATE_TRUNC('DAY', u.usage_date) AS period_start,
  DATEADD('DAY', 1, DATE_TRUNC('DAY', u.usage_date)) AS period_end,
  u.consumption_type,
  u.model_name AS model,
  SUM(TRY_TO_NUMBER(TO_VARCHAR(u.tokens))) AS tokens,
  SUM(u.credits) AS credits
FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_SEARCH_DAILY_USAGE_HISTORY AS u
WHERE u.usage_date >= TO_TIMESTAMP_TZ(:since) AND u.usage_date < TO_TIMESTAMP_TZ(:until)
GROUP BY DATE_TRUNC('DAY', u.usage_date), u.consumption_type, u.model_name
ORDER BY period_start, u.consumption_type, model
