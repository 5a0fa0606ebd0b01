-- Cortex Analyst is billed by the message; the view knows neither tokens nor models.
SELECT
  DATE_TRUNC('DAY', u.start_time) AS period_start,
  DATEADD('DAY', 1, DATE_TRUNC('DAY', u.start_time)) AS period_end,
  u.username AS tenant,
  SUM(u.request_count) AS requests,
  SUM(u.credits) AS credits
FROM SNOWFLAKE.ACCOUNT_USAGE.CORTEX_ANALYST_USAGE_HISTORY AS u
WHERE u.start_time >= TO_TIMESTAMP_TZ(:since) AND u.start_time < TO_TIMESTAMP_TZ(:until)
GROUP BY DATE_TRUNC('DAY', u.start_time), u.username
ORDER BY period_start, tenant
