CREATE OR REPLACE TABLE asked_events (event_id VARCHAR, place INTEGER);
CREATE OR REPLACE TABLE semantic_rows (
  cluster VARCHAR,
  provider VARCHAR,
  model VARCHAR,
  context_class BIGINT,
  batch BOOLEAN,
  threshold DOUBLE,
  ttl_seconds BIGINT,
  after_exact_ttl_seconds BIGINT,
  hits BIGINT,
  judged_hits BIGINT,
  false_hits BIGINT,
  input_tokens BIGINT,
  cached_input_tokens BIGINT,
  cache_write_tokens BIGINT,
  cache_write_1h_tokens BIGINT,
  output_tokens BIGINT,
  reasoning_tokens BIGINT
);
