-- One row per request to a serving endpoint with usage tracking. No text of any call.
-- A served entity has a row per change of its configuration; only its latest one may meet a request.
WITH entities AS (
  SELECT
    e.served_entity_id,
    e.endpoint_name,
    e.entity_name,
    e.entity_type AS entity_type,
    e.task AS task,
    get_json_object(to_json(e.external_model_config), '$.provider') AS external_provider,
    get_json_object(to_json(e.external_model_config), '$.name') AS external_model,
    ROW_NUMBER() OVER (PARTITION BY e.served_entity_id ORDER BY e.change_time DESC) AS recency
  FROM system.serving.served_entities AS e
),
latencies AS (
  SELECT request_id, MAX(latency_ms) AS latency_ms
  FROM (
    {{latencies}}
  ) AS logged
  GROUP BY request_id
)
SELECT
  u.request_time AS request_time,
  u.databricks_request_id AS databricks_request_id,
  u.served_entity_id AS served_entity_id,
  u.workspace_id AS workspace_id,
  u.requester AS requester,
  s.endpoint_name,
  s.entity_name,
  s.entity_type,
  s.task,
  s.external_provider,
  s.external_model,
  u.status_code AS status_code,
  u.input_token_count AS input_token_count,
  u.output_token_count AS output_token_count,
  l.latency_ms,
  map_filter(u.usage_context, (tag, value) -> array_contains(split(:tags, ','), tag)) AS tags
FROM system.serving.endpoint_usage AS u
LEFT JOIN entities AS s ON s.served_entity_id = u.served_entity_id AND s.recency = 1
LEFT JOIN latencies AS l ON l.request_id = u.databricks_request_id
WHERE u.request_time >= CAST(:since AS TIMESTAMP) AND u.request_time < CAST(:until AS TIMESTAMP)
ORDER BY u.request_time, u.databricks_request_id, u.served_entity_id
