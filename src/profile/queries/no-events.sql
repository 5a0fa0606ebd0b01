-- The calls are in another engine.
CREATE OR REPLACE VIEW profile_source AS
SELECT {{columns}}, CAST(NULL AS BIGINT) AS micros, CAST(NULL AS BIGINT) AS row_number,
  CAST(NULL AS VARCHAR) AS assigned_cluster
WHERE false;
