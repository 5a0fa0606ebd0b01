-- Metered usage times list price, by day, SKU and workspace. All record types are summed: a retraction is negative,
-- and takes back what its restatement then says anew.
SELECT
  u.workspace_id,
  u.usage_date,
  u.billing_origin_product,
  u.sku_name,
  u.usage_unit,
  p.currency_code,
  MIN(u.usage_start_time) AS period_start,
  MAX(u.usage_end_time) AS period_end,
  CAST(SUM(u.usage_quantity) AS DECIMAL(38, 12)) AS quantity,
  CAST(SUM(u.usage_quantity * p.pricing.effective_list.default) AS DECIMAL(38, 12)) AS amount
FROM system.billing.usage AS u
LEFT JOIN system.billing.list_prices AS p
  ON p.cloud = u.cloud AND p.sku_name = u.sku_name AND p.usage_unit = u.usage_unit
  AND u.usage_start_time >= p.price_start_time
  AND (p.price_end_time IS NULL OR u.usage_start_time < p.price_end_time)
WHERE u.usage_start_time >= CAST(:since AS TIMESTAMP) AND u.usage_start_time < CAST(:until AS TIMESTAMP)
  AND u.usage_date >= CAST(CAST(:since AS TIMESTAMP) AS DATE)
  AND array_contains(split(:products, ','), u.billing_origin_product)
GROUP BY u.workspace_id, u.usage_date, u.billing_origin_product, u.sku_name, u.usage_unit, p.currency_code
ORDER BY u.usage_date, u.workspace_id, u.billing_origin_product, u.sku_name, u.usage_unit, p.currency_code
