-- Requests and cost of the tenants that are planned apart, by cluster; under the name that the policy has for them.
SELECT c.cluster, t.name AS tenant, sum(c.requests)::BIGINT AS requests, sum(c.cost_usd) AS cost_usd
FROM workload_cube AS c
JOIN planned_tenants AS t ON t.tenant = c.tenant
GROUP BY ALL
ORDER BY ALL;
