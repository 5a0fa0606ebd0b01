-- Answers beyond each ceiling of generated tokens, and their tokens beyond it. Every ceiling has its row.
COPY (
  SELECT
    c.cluster, c.provider, c.model, c.context_class, c.batch, caps.cap_tokens,
    coalesce(sum(c.requests) FILTER (c.cap_class >= caps.cap_tokens), 0)::BIGINT AS requests,
    coalesce(sum(c.output_tokens - c.requests * caps.cap_tokens) FILTER (c.cap_class >= caps.cap_tokens), 0)::BIGINT
      AS cut_tokens
  FROM ({{pass}}) AS c CROSS JOIN output_caps AS caps
  GROUP BY ALL
  ORDER BY ALL
) TO {{output_tails}} (FORMAT parquet, COMPRESSION zstd);
