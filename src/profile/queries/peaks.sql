-- Calendar minutes, not rolling ones; the first of equal minutes.
SELECT
  max(requests) AS requests_per_minute,
  arg_min("minute", (-requests, "minute")) AS peak_minute,
  max(tokens) AS tokens_per_minute
FROM read_parquet({{minutes}});
