-- What the organisation's contract makes of these credits in money, by day.
SELECT
  u.usage_date,
  u.service_type,
  u.currency,
  SUM(u.usage) AS credits,
  SUM(u.usage_in_currency) AS amount
FROM SNOWFLAKE.ORGANIZATION_USAGE.USAGE_IN_CURRENCY_DAILY AS u
WHERE u.usage_date >= TO_DATE(TO_TIMESTAMP_TZ(:since)) AND u.usage_date < TO_TIMESTAMP_TZ(:until)
  AND u.account_locator = CURRENT_ACCOUNT()
  AND CONTAINS(:service_types, ',' || u.service_type || ',')
GROUP BY u.usage_date, u.service_type, u.currency
ORDER BY u.usage_date, u.service_type, u.currency
