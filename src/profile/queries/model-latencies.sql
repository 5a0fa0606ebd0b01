-- Latency sketch of the successful requests of each model.
SELECT provider, model, bucket, sum(requests)::BIGINT AS "count"
FROM read_parquet({{sketches}})
WHERE measure = 'latency_ms' AND status = 'ok'
GROUP BY ALL
ORDER BY ALL;
