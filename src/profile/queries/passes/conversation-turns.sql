-- Conversations call by call. `place` is the turn; without turns, the order in time. Of several calls for one turn the
-- last is the one that the conversation went on from, and each of them was billed. Where a call's input is smaller than
-- the context after the call before (input and visible output; reasoning is not carried on), callers trimmed: the
-- difference is taken to be old turns.
SELECT
  {{cell}}, conversation, micros, row_number, turn, input_tokens, context_after, cached_tokens, write_tokens,
  long_write_tokens,
  -- Calls without a turn never meet those with one: 2^40.
  coalesce(turn, row_number() OVER ({{in_order}}) + 1099511627776) AS place,
  (turn IS NULL OR turn IS DISTINCT FROM lead(turn) OVER ({{in_order}})) AS is_last,
  first_value(input_tokens) OVER ({{in_order}}) AS first_input,
  CASE
    WHEN turn = lag(turn) OVER ({{in_order}}) THEN 0
    ELSE greatest(0, coalesce(lag(context_after) OVER ({{in_order}}) - input_tokens, 0))
  END AS trimmed_tokens
FROM (
  SELECT
    {{cell}}, {{conversation}} AS conversation, turn, micros, row_number, input_tokens,
    input_tokens + coalesce(output_tokens, 0) - coalesce(reasoning_tokens, 0) AS context_after,
    coalesce(cached_input_tokens, 0) AS cached_tokens,
    coalesce(cache_write_tokens, 0) AS write_tokens,
    coalesce(cache_write_1h_tokens, 0) AS long_write_tokens
  FROM celled_requests
  WHERE conversation_id IS NOT NULL AND status = 'ok' AND input_tokens IS NOT NULL AND {{in_slice}}
) AS calls
