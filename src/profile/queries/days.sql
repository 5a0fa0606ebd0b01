SELECT strftime("hour", '%Y-%m-%d') AS "day", sum(requests)::BIGINT AS requests
FROM workload_cube
GROUP BY ALL
ORDER BY ALL;
