-- Answers beyond each ceiling of generated tokens, and their tokens beyond it. Answers are put between two ceilings in
-- one pass; sum and count of every class above a ceiling then give its tail exactly. Every ceiling has its row.
COPY (
  WITH classes AS (
    SELECT
      cluster, provider, model, context_class, batch,
      {{cap_class}} AS cap_class,
      count(*) AS requests,
      sum(output_tokens)::BIGINT AS output_tokens
    FROM profile_requests
    WHERE output_tokens IS NOT NULL
    GROUP BY ALL
  )
  SELECT
    c.cluster, c.provider, c.model, c.context_class, c.batch, caps.cap_tokens,
    coalesce(sum(c.requests) FILTER (c.cap_class >= caps.cap_tokens), 0)::BIGINT AS requests,
    coalesce(sum(c.output_tokens - c.requests * caps.cap_tokens) FILTER (c.cap_class >= caps.cap_tokens), 0)::BIGINT
      AS cut_tokens
  FROM classes AS c CROSS JOIN output_caps AS caps
  GROUP BY ALL
  ORDER BY ALL
) TO {{output_tails}} (FORMAT parquet, COMPRESSION zstd);
