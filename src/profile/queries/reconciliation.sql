-- Billed against list per provider, model and month, over the rows that have both.
SELECT
  provider, model, strftime("hour", '%Y-%m') AS "month",
  sum(billed_usd) AS billed,
  sum(list_usd) AS listed
FROM workload_cube
WHERE billed AND list_usd IS NOT NULL
GROUP BY ALL
ORDER BY ALL;
