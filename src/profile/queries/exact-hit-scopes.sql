-- Prefix scopes in which the exact cache hit, one bit per lifetime.
CREATE OR REPLACE TABLE exact_hit_scopes AS
SELECT e.prefix_scope, bit_or(h.ttl_mask) AS ttl_mask
FROM keyed_requests AS e JOIN exact_hits AS h USING (row_number)
GROUP BY e.prefix_scope;
