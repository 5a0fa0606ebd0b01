-- Requests whose hash occurs more than once in its scope, group by group in time order; no other can hit.
-- Failed calls have no answer to store, and a batch call does not wait for one.
WITH candidates AS (
  SELECT exact_scope, prompt_hash, ts, row_number
  FROM keyed_requests
  WHERE prompt_hash IS NOT NULL AND status = 'ok' AND NOT batch
),
repeated AS (
  SELECT exact_scope, prompt_hash, row_number() OVER () AS group_id
  FROM candidates
  GROUP BY exact_scope, prompt_hash
  HAVING count(*) > 1
)
SELECT group_id, epoch_us(ts) AS micros, row_number
FROM candidates JOIN repeated USING (exact_scope, prompt_hash)
ORDER BY group_id, ts, row_number;
