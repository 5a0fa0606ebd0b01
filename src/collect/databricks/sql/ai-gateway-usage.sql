-- One row per attempt that Unity AI Gateway served, with tokens and latency. No text of any call.
-- Of the tags only those that the settings name are read. Calls of MCP servers have no tokens and are left out.
SELECT
  u.event_time AS event_time,
  u.invocation_id AS invocation_id,
  u.request_id AS request_id,
  u.workspace_id AS workspace_id,
  u.requester AS requester,
  COALESCE(u.service_name, u.endpoint_name) AS endpoint_name,
  u.destination_type AS destination_type,
  u.destination_model AS destination_model,
  u.status_code AS status_code,
  u.input_tokens AS input_tokens,
  u.output_tokens AS output_tokens,
  get_json_object(to_json(u.token_details), '$.cache_read_input_tokens') AS cached_input_tokens,
  get_json_object(to_json(u.token_details), '$.cache_creation_input_tokens') AS cache_write_tokens,
  u.latency_ms AS latency_ms,
  u.time_to_first_byte_ms AS time_to_first_byte_ms,
  map_filter(u.request_tags, (tag, value) -> array_contains(split(:tags, ','), tag)) AS tags
FROM system.ai_gateway.usage AS u
WHERE u.event_time >= CAST(:since AS TIMESTAMP) AND u.event_time < CAST(:until AS TIMESTAMP)
  AND COALESCE(u.service_type, '') <> 'MCP_SERVICE'
ORDER BY u.event_time, u.invocation_id
