-- The cube as questions see it: cost is what was billed where that is known, else the list price.
CREATE OR REPLACE VIEW workload_cube AS
SELECT *, CASE WHEN billed THEN billed_usd ELSE coalesce(list_usd, 0) END AS cost_usd
FROM read_parquet({{cube}});
