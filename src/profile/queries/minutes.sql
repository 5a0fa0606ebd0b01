COPY (
  SELECT make_timestamp(minute_number * 60000000) AS "minute", requests, tokens
  FROM ({{pass}})
  ORDER BY "minute"
) TO {{minutes}} (FORMAT parquet, COMPRESSION zstd);
