-- Prompt caching replayed in time order. A request reads its leading blocks that were touched within the lifetime
-- before, then touches all of its blocks. Requests served by the exact cache of bit $exact_bit never arrive; with
-- such a cache only the scopes in which it hit are replayed, see prefix-reuse-elsewhere.sql.
INSERT INTO reuse_rows
WITH arriving AS (
  SELECT
    e.row_number, e.ts, e.key_id, e.prefix_scope, e.prefix_hashes, e.input_tokens,
    len(e.prefix_hashes) AS blocks,
    e.prefix_block_tokens AS block_tokens
  FROM keyed_events AS e
  LEFT JOIN exact_hits AS h ON h.row_number = e.row_number AND (h.ttl_mask & $exact_bit) <> 0
  WHERE h.row_number IS NULL AND e.status = 'ok' AND e.input_tokens IS NOT NULL
    AND len(e.prefix_hashes) > 0 AND e.prefix_block_tokens IS NOT NULL
    AND ($exact_bit = 0 OR e.prefix_scope IN (
      SELECT prefix_scope FROM exact_hit_scopes WHERE (ttl_mask & $exact_bit) <> 0
    ))
),
blocks AS (
  SELECT
    row_number, ts, prefix_scope,
    unnest(prefix_hashes) AS block_hash,
    generate_subscripts(prefix_hashes, 1) AS place
  FROM arriving
),
touched AS (
  SELECT
    row_number,
    place,
    -- A hash that occurs twice in one request was judged at its first place; here it must not end the run.
    coalesce(lag(row_number) OVER earlier = row_number, false) AS is_repeat,
    epoch_us(ts) - lag(epoch_us(ts)) OVER earlier AS idle_micros
  FROM blocks
  WINDOW earlier AS (PARTITION BY prefix_scope, block_hash ORDER BY ts, row_number, place)
),
runs AS (
  SELECT
    t.row_number,
    l.ttl_seconds,
    coalesce(
      min(t.place) FILTER (NOT t.is_repeat AND coalesce(t.idle_micros > l.ttl_seconds * 1000000, true)) - 1,
      count(*)
    ) AS live_blocks
  FROM touched AS t CROSS JOIN prefix_lifetimes AS l
  GROUP BY t.row_number, l.ttl_seconds
),
measured AS (
  SELECT
    a.key_id,
    r.ttl_seconds,
    a.input_tokens,
    least(a.blocks * a.block_tokens, a.input_tokens) AS prefix_tokens,
    least(r.live_blocks * a.block_tokens, a.input_tokens) AS live_tokens
  FROM runs AS r JOIN arriving AS a USING (row_number)
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
