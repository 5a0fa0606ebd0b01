-- One slice of the conversations, turn by turn, since a window holds its rows in memory. Where a turn's input is smaller
-- than the context after the turn before (input and visible output; reasoning is not carried on), callers trimmed: the
-- difference is taken to be old turns.
CREATE OR REPLACE TABLE conversation_turns AS
WITH turns AS (
  SELECT
    key_id, tenant, conversation_id, turn, ts, row_number, input_tokens,
    input_tokens + coalesce(output_tokens, 0) - coalesce(reasoning_tokens, 0) AS context_after,
    coalesce(cached_input_tokens, 0) AS cached_tokens,
    coalesce(cache_write_tokens, 0) AS write_tokens,
    coalesce(cache_write_1h_tokens, 0) AS long_write_tokens
  FROM keyed_events
  WHERE conversation_id IS NOT NULL AND status = 'ok' AND input_tokens IS NOT NULL
    AND hash(conversation_id) % $slices = $slice
  -- The last of several calls for one turn is the one that the conversation went on from.
  QUALIFY turn IS NULL OR turn IS DISTINCT FROM lead(turn) OVER (
    PARTITION BY tenant, conversation_id ORDER BY turn NULLS LAST, ts, row_number
  )
),
ordered AS (
  SELECT
    *,
    first_value(row_number) OVER in_order AS conversation,
    row_number() OVER in_order AS place,
    first_value(input_tokens) OVER in_order AS first_input,
    greatest(0, coalesce(lag(context_after) OVER in_order - input_tokens, 0)) AS trimmed_tokens
  FROM turns
  WINDOW in_order AS (PARTITION BY tenant, conversation_id ORDER BY turn NULLS LAST, ts, row_number)
)
SELECT
  key_id, conversation, place, input_tokens, first_input, context_after, cached_tokens, write_tokens, long_write_tokens,
  sum(trimmed_tokens) OVER (PARTITION BY conversation ORDER BY place)::BIGINT AS trimmed_so_far
FROM ordered;
