-- Leading blocks that at least half of the requests of a scope begin with: instructions and tools, not the history of
-- one conversation. Too few requests say nothing of what is common.
INSERT INTO reuse_rows
WITH scopes AS (
  SELECT prefix_scope, count(*) AS requests FROM prefix_requests GROUP BY prefix_scope HAVING count(*) >= 10
),
common_blocks AS (
  SELECT r.block_id FROM repeated_blocks AS r JOIN scopes AS s USING (prefix_scope) WHERE r.uses * 2 >= s.requests
),
broken AS (
  SELECT b.row_number, min(b.place) AS place
  FROM prefix_blocks AS b ANTI JOIN common_blocks AS c USING (block_id)
  GROUP BY b.row_number
),
measured AS (
  SELECT
    r.key_id,
    least((least(b.place, u.place, r.blocks + 1) - 1) * r.block_tokens, r.input_tokens) AS shared_tokens
  FROM prefix_requests AS r
  LEFT JOIN broken AS b USING (row_number)
  LEFT JOIN unique_breaks AS u USING (row_number)
)
SELECT
  'shared', k.cluster, k.provider, k.model, k.context_class, k.batch, NULL, NULL, NULL,
  count(*),
  NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  sum(m.shared_tokens)::BIGINT,
  NULL, NULL
FROM measured AS m JOIN cube_keys AS k USING (key_id)
WHERE m.shared_tokens > 0
GROUP BY k.cluster, k.provider, k.model, k.context_class, k.batch;
