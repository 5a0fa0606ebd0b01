-- What retries beyond each limit were billed, per cell. A chain loses its answer where its first successful attempt lies
-- beyond the limit.
COPY (
  WITH first_answers AS (
    SELECT root, min(attempt) AS answered_at FROM retry_attempts WHERE status = 'ok' GROUP BY root
  )
  SELECT
    e.cluster, e.provider, e.model, e.context_class, e.batch, l.maximum_retries,
    count(*) AS requests,
    count(*) FILTER (f.answered_at = a.attempt) AS lost_answers,
    coalesce(sum(e.input_tokens), 0)::BIGINT AS input_tokens,
    coalesce(sum(e.cached_input_tokens), 0)::BIGINT AS cached_input_tokens,
    coalesce(sum(e.cache_write_tokens), 0)::BIGINT AS cache_write_tokens,
    coalesce(sum(e.cache_write_1h_tokens), 0)::BIGINT AS cache_write_1h_tokens,
    coalesce(sum(e.output_tokens), 0)::BIGINT AS output_tokens,
    coalesce(sum(e.reasoning_tokens), 0)::BIGINT AS reasoning_tokens
  FROM retry_attempts AS a
  JOIN retry_limits AS l ON a.attempt > l.maximum_retries
  JOIN profile_requests AS e USING (row_number)
  LEFT JOIN first_answers AS f USING (root)
  GROUP BY e.cluster, e.provider, e.model, e.context_class, e.batch, l.maximum_retries
  ORDER BY ALL
) TO {{retries}} (FORMAT parquet, COMPRESSION zstd);
