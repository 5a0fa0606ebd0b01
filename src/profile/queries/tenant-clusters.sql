-- Requests and cost of the tenants that are planned apart, by cluster.
SELECT cluster, tenant, sum(requests)::BIGINT AS requests, sum(cost_usd) AS cost_usd
FROM workload_cube
SEMI JOIN planned_tenants USING (tenant)
GROUP BY ALL
ORDER BY ALL;
