CREATE OR REPLACE TABLE output_caps (cap_tokens BIGINT);
CREATE OR REPLACE TABLE retry_limits (maximum_retries BIGINT);
