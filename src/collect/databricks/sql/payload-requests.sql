-- One row per logged request. Of its answer only the counts under `usage` and the model's name are read, on the
-- warehouse; neither the request's nor the answer's text leaves it.
SELECT
  p.request_time AS request_time,
  p.databricks_request_id AS databricks_request_id,
  p.requester AS requester,
  p.status_code AS status_code,
  p.sampling_fraction AS sampling_fraction,
  CAST(p.execution_duration_ms AS DOUBLE) AS latency_ms,
  get_json_object(p.response, '$.model') AS model,
  get_json_object(p.response, '$.usage.prompt_tokens') AS prompt_tokens,
  get_json_object(p.response, '$.usage.completion_tokens') AS completion_tokens,
  get_json_object(p.response, '$.usage.prompt_tokens_details.cached_tokens') AS cached_tokens,
  get_json_object(p.response, '$.usage.completion_tokens_details.reasoning_tokens') AS reasoning_tokens,
  get_json_object(p.response, '$.usage.input_tokens') AS input_tokens,
  get_json_object(p.response, '$.usage.output_tokens') AS output_tokens,
  get_json_object(p.response, '$.usage.cache_read_input_tokens') AS cache_read_input_tokens,
  get_json_object(p.response, '$.usage.cache_creation_input_tokens') AS cache_creation_input_tokens
FROM {{table}} AS p
WHERE p.request_time >= CAST(:since AS TIMESTAMP) AND p.request_time < CAST(:until AS TIMESTAMP)
ORDER BY p.request_time, p.databricks_request_id
