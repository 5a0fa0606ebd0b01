-- Credits billed for AI services, by day: what the usage above is compared with.
SELECT
  u.usage_date,
  u.service_type,
  SUM(u.credits_billed) AS credits
FROM SNOWFLAKE.ACCOUNT_USAGE.METERING_DAILY_HISTORY AS u
WHERE u.usage_date >= TO_DATE(TO_TIMESTAMP_TZ(:since)) AND u.usage_date < TO_TIMESTAMP_TZ(:until)
  AND CONTAINS(:service_types, ',' || u.service_type || ',')
GROUP BY u.usage_date, u.service_type
ORDER BY u.usage_date, u.service_type
