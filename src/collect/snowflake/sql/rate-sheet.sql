-- The contract's price of a credit, by day. Two prices for one day and service say nothing, and are not used.
SELECT
  u.date AS usage_date,
  u.service_type,
  u.currency,
  MIN(u.effective_rate) AS lowest_rate,
  MAX(u.effective_rate) AS highest_rate
FROM SNOWFLAKE.ORGANIZATION_USAGE.RATE_SHEET_DAILY AS u
WHERE u.date >= TO_DATE(TO_TIMESTAMP_TZ(:since)) AND u.date < TO_TIMESTAMP_TZ(:until)
  AND u.account_locator = CURRENT_ACCOUNT()
  AND CONTAINS(:service_types, ',' || u.service_type || ',')
GROUP BY u.date, u.service_type, u.currency
ORDER BY u.date, u.service_type, u.currency
