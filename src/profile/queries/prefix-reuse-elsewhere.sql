-- Where the exact cache of bit $exact_bit never hit, it removes nothing: the plain replay holds unchanged.
INSERT INTO reuse_rows
SELECT r.* REPLACE ((SELECT ttl_seconds FROM exact_lifetimes WHERE bit = $exact_bit) AS after_exact_ttl_seconds)
FROM reuse_rows AS r
WHERE r.kind = 'prefix' AND r.after_exact_ttl_seconds IS NULL AND NOT EXISTS (
  SELECT 1
  FROM exact_hit_scopes AS s JOIN cube_keys AS k USING (prefix_scope)
  WHERE (s.ttl_mask & $exact_bit) <> 0 AND k.cluster = r.cluster AND k.provider = r.provider AND k.model = r.model
);
