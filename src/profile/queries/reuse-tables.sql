CREATE OR REPLACE TABLE exact_lifetimes (bit INTEGER, ttl_seconds BIGINT);
CREATE OR REPLACE TABLE prefix_lifetimes (ttl_seconds BIGINT);
CREATE OR REPLACE TABLE prefix_minimums (minimum_tokens BIGINT);
-- Requests that a stored answer would have served; one bit per lifetime.
CREATE OR REPLACE TABLE exact_hits (row_number BIGINT, ttl_mask INTEGER);
CREATE OR REPLACE TABLE reuse_rows (
  kind VARCHAR,
  cluster VARCHAR,
  provider VARCHAR,
  model VARCHAR,
  context_class BIGINT,
  batch BOOLEAN,
  ttl_seconds BIGINT,
  minimum_tokens BIGINT,
  after_exact_ttl_seconds BIGINT,
  requests BIGINT,
  hits BIGINT,
  hit_input_tokens BIGINT,
  hit_cached_input_tokens BIGINT,
  hit_cache_write_tokens BIGINT,
  hit_cache_write_1h_tokens BIGINT,
  hit_output_tokens BIGINT,
  hit_reasoning_tokens BIGINT,
  hit_tokens BIGINT,
  write_tokens BIGINT,
  prompt_tokens BIGINT
);
