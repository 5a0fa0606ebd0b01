-- The text of calls; asked for with --include-content only.
SELECT p.request_time AS request_time, p.databricks_request_id AS databricks_request_id, p.request, p.response
FROM {{table}} AS p
WHERE p.request_time >= CAST(:since AS TIMESTAMP) AND p.request_time < CAST(:until AS TIMESTAMP)
ORDER BY p.request_time, p.databricks_request_id
