-- Prompt caching from the replayed breaks: tokens read and written per cell, lifetime and smallest cacheable prefix.
INSERT INTO reuse_rows
WITH ended AS (
  SELECT row_number, ttl_seconds, min(place) AS place FROM prefix_breaks GROUP BY row_number, ttl_seconds
),
measured AS (
  SELECT
    a.key_id,
    l.ttl_seconds,
    a.input_tokens,
    least(a.blocks * a.block_tokens, a.input_tokens) AS prefix_tokens,
    least((least(b.place, u.place, a.blocks + 1) - 1) * a.block_tokens, a.input_tokens) AS live_tokens
  FROM prefix_arrivals AS a
  CROSS JOIN prefix_lifetimes AS l
  LEFT JOIN ended AS b ON b.row_number = a.row_number AND b.ttl_seconds = l.ttl_seconds
  LEFT JOIN unique_breaks AS u ON u.row_number = a.row_number
),
cached AS (
  SELECT
    m.*,
    n.minimum_tokens,
    CASE WHEN m.live_tokens >= n.minimum_tokens THEN m.live_tokens ELSE 0 END AS hit_tokens
  FROM measured AS m JOIN prefix_minimums AS n ON m.prefix_tokens >= n.minimum_tokens
)
SELECT
  'prefix', k.cluster, k.provider, k.model, k.context_class, k.batch, c.ttl_seconds, c.minimum_tokens,
  (SELECT ttl_seconds FROM exact_lifetimes WHERE bit = $exact_bit),
  count(*),
  count(*) FILTER (c.hit_tokens > 0),
  NULL, NULL, NULL, NULL, NULL, NULL,
  sum(c.hit_tokens),
  sum(c.prefix_tokens - c.hit_tokens),
  sum(c.input_tokens)
FROM cached AS c JOIN cube_keys AS k USING (key_id)
GROUP BY k.cluster, k.provider, k.model, k.context_class, k.batch, c.ttl_seconds, c.minimum_tokens;
