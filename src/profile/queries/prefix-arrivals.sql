-- Requests that reach the provider's prompt cache. Those served by the exact cache of the given bit never do; with
-- such a cache only the scopes in which it hit are replayed, see prefix-reuse-elsewhere.sql.
CREATE OR REPLACE VIEW prefix_arrivals AS
SELECT r.*
FROM prefix_requests AS r
WHERE {{exact_bit}} = 0 OR (
  r.prefix_scope IN (SELECT prefix_scope FROM exact_hit_scopes WHERE (ttl_mask & {{exact_bit}}) <> 0)
  AND r.row_number NOT IN (SELECT row_number FROM exact_hits WHERE (ttl_mask & {{exact_bit}}) <> 0)
);
CREATE OR REPLACE TABLE prefix_breaks (row_number BIGINT, ttl_seconds BIGINT, place BIGINT);
