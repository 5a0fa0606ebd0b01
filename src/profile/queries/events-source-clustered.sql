-- As events-source.sql, with the cluster that a prompt on file was given. One row per event id in prompt_clusters.
CREATE OR REPLACE VIEW profile_source AS
SELECT e.*, epoch_us(e.ts) AS micros, e.file_row_number AS row_number, c.cluster AS assigned_cluster
FROM (
  SELECT * FROM read_parquet({{events}}, file_row_number = true)
  UNION ALL BY NAME
  SELECT NULL::VARCHAR AS grain, NULL::BIGINT AS request_count, NULL::BIGINT AS bucket_seconds WHERE false
) AS e
LEFT JOIN prompt_clusters AS c ON c.event_id = e.id;
