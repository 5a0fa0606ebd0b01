-- Rows that another engine answered by the keys themselves, with the numbers that the keys have here.
SELECT k.key_id, l.* EXCLUDE (
  tenant, cluster, provider, model, endpoint, region, status, batch, service_tier, context_class, billed, grain
)
FROM {{table}} AS l
JOIN cube_keys AS k
  ON k.tenant = l.tenant AND k.cluster = l.cluster AND k.provider = l.provider AND k.model = l.model
  AND k.endpoint IS NOT DISTINCT FROM l.endpoint AND k.region IS NOT DISTINCT FROM l.region
  AND k.status = l.status AND k.batch = l.batch AND k.service_tier IS NOT DISTINCT FROM l.service_tier
  AND k.context_class = l.context_class AND k.billed = l.billed AND k.grain = l.grain
