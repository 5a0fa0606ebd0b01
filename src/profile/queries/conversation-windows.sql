-- What a window of so many turns would cut: the context after the turn that falls out of it, less the first turn's
-- input, less what was trimmed since. What stays behind the first turn moves with every request, so reads beyond it end.
INSERT INTO conversation_rows
WITH cut AS (
  SELECT
    t.key_id, w.keep_turns, t.input_tokens, t.cached_tokens, t.write_tokens, t.long_write_tokens,
    least(t.first_input, t.input_tokens) AS kept_prefix,
    p.context_after - t.first_input - (t.trimmed_so_far - p.trimmed_so_far) AS cut_tokens
  FROM conversation_turns AS t
  CROSS JOIN window_turns AS w
  JOIN conversation_turns AS p ON p.conversation = t.conversation AND p.place = t.place - w.keep_turns
),
shortened AS (
  SELECT
    * REPLACE (least(cut_tokens, input_tokens - kept_prefix) AS cut_tokens),
    least(cached_tokens, kept_prefix) AS kept_cached
  FROM cut
  WHERE least(cut_tokens, input_tokens - kept_prefix) > 0
),
rewritten AS (
  SELECT *, least(write_tokens, input_tokens - cut_tokens - kept_cached) AS kept_writes FROM shortened
)
SELECT
  key_id, keep_turns, count(*), sum(cut_tokens), sum(input_tokens - kept_prefix), sum(cached_tokens - kept_cached),
  sum(write_tokens - kept_writes), sum(long_write_tokens - least(long_write_tokens, kept_writes))
FROM rewritten
GROUP BY key_id, keep_turns;
