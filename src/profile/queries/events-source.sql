-- The stored events; `row_number` is the file's own order, which decides between equal instants. Files of earlier
-- versions know no buckets: the empty part names the columns that they lack.
CREATE OR REPLACE VIEW profile_source AS
SELECT *, epoch_us(ts) AS micros, file_row_number AS row_number, NULL::VARCHAR AS assigned_cluster
FROM (
  SELECT * FROM read_parquet({{events}}, file_row_number = true)
  UNION ALL BY NAME
  SELECT NULL::VARCHAR AS grain, NULL::BIGINT AS request_count, NULL::BIGINT AS bucket_seconds WHERE false
);
