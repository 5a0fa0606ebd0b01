CREATE OR REPLACE TABLE conversation_rows (
  key_id INTEGER,
  keep_turns BIGINT,
  requests BIGINT,
  cut_tokens BIGINT,
  shifted_tokens BIGINT,
  lost_cached_tokens BIGINT,
  lost_cache_write_tokens BIGINT,
  lost_cache_write_1h_tokens BIGINT
);
