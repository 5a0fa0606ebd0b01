-- Billed against list per provider, model and month, over the rows that have both.
SELECT
  provider, model, strftime("hour", '%Y-%m') AS "month",
  sum(billed_pico_usd)::HUGEINT AS billed,
  sum(list_pico_usd)::HUGEINT AS listed
FROM workload_cube
WHERE billed AND list_pico_usd IS NOT NULL
GROUP BY ALL
ORDER BY ALL;
