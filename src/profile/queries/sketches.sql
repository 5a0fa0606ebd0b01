COPY (
  SELECT
    k.tenant, k.cluster, k.provider, k.model, k.endpoint, k.region, k.status, k.batch, k.service_tier,
    k.context_class, k.billed, c.measure, c.bucket, c.requests
  FROM ({{pass}}) AS c
  JOIN cube_keys AS k USING (key_id)
  ORDER BY ALL
) TO {{sketches}} (FORMAT parquet, COMPRESSION zstd);
