SELECT
  {{alias}}.databricks_request_id AS request_id,
  CAST({{alias}}.execution_duration_ms AS DOUBLE) AS latency_ms
FROM {{table}} AS {{alias}}
WHERE {{alias}}.request_time >= CAST(:since AS TIMESTAMP) - INTERVAL 1 HOUR
  AND {{alias}}.request_time < CAST(:until AS TIMESTAMP) + INTERVAL 1 HOUR
