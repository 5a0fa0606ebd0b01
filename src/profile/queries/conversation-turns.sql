-- One slice of the conversations, call by call, since a window holds its rows in memory; by number, since a sort by
-- name takes longer. `place` is the turn; without turns, the order in time. Of several calls for one turn the last is
-- the one that the conversation went on from, and each of them was billed. Where a call's input is smaller than the
-- context after the call before (input and visible output; reasoning is not carried on), callers trimmed: the
-- difference is taken to be old turns.
CREATE OR REPLACE TABLE conversation_turns AS
WITH cells AS (
  SELECT cluster, provider, model, context_class, batch, min(key_id) AS cell_id
  FROM cube_keys
  GROUP BY ALL
),
calls AS (
  SELECT
    c.cell_id, hash(e.tenant, e.conversation_id) AS conversation, e.turn, epoch_us(e.ts) AS micros, e.row_number,
    e.input_tokens,
    e.input_tokens + coalesce(e.output_tokens, 0) - coalesce(e.reasoning_tokens, 0) AS context_after,
    coalesce(e.cached_input_tokens, 0) AS cached_tokens,
    coalesce(e.cache_write_tokens, 0) AS write_tokens,
    coalesce(e.cache_write_1h_tokens, 0) AS long_write_tokens
  FROM profile_requests AS e JOIN cells AS c USING (cluster, provider, model, context_class, batch)
  WHERE e.conversation_id IS NOT NULL AND e.status = 'ok' AND e.input_tokens IS NOT NULL
    AND hash(e.tenant, e.conversation_id) % $slices = $slice
)
SELECT
  cell_id, conversation, micros, row_number, turn, input_tokens, context_after, cached_tokens, write_tokens,
  long_write_tokens,
  -- Calls without a turn never meet those with one.
  coalesce(turn, row_number() OVER in_order + (1::BIGINT << 40)) AS place,
  turn IS NULL OR turn IS DISTINCT FROM lead(turn) OVER in_order AS is_last,
  first_value(input_tokens) OVER in_order AS first_input,
  CASE
    WHEN turn = lag(turn) OVER in_order THEN 0
    ELSE greatest(0, coalesce(lag(context_after) OVER in_order - input_tokens, 0))
  END AS trimmed_tokens
FROM calls
WINDOW in_order AS (PARTITION BY conversation ORDER BY turn NULLS LAST, micros, row_number);
