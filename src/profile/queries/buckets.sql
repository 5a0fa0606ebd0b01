SELECT measure, bucket, sum(requests)::BIGINT AS "count"
FROM read_parquet({{sketches}})
GROUP BY ALL
ORDER BY ALL;
