-- What a window of so many turns would cut: the context after the turn that falls out of it, less the first turn's
-- input, less what was trimmed since. What stays behind the first turn moves with every request, so reads beyond it end.
INSERT INTO conversation_rows
WITH ends AS (
  SELECT t.conversation, t.place, t.context_after, coalesce(d.trimmed_so_far, 0) AS trimmed_so_far
  FROM conversation_turns AS t LEFT JOIN conversation_trims AS d USING (row_number)
  WHERE t.is_last
),
cut AS (
  SELECT
    t.cell_id, w.keep_turns, t.input_tokens, t.cached_tokens, t.write_tokens, t.long_write_tokens,
    least(t.first_input, t.input_tokens) AS kept_prefix,
    p.context_after - t.first_input - (coalesce(d.trimmed_so_far, 0) - p.trimmed_so_far) AS cut_tokens
  FROM conversation_turns AS t
  CROSS JOIN window_turns AS w
  JOIN ends AS p ON p.conversation = t.conversation AND p.place = t.place - w.keep_turns
  LEFT JOIN conversation_trims AS d ON d.row_number = t.row_number
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
  cell_id, keep_turns, count(*), sum(cut_tokens), sum(input_tokens - kept_prefix), sum(cached_tokens - kept_cached),
  sum(write_tokens - kept_writes), sum(long_write_tokens - least(long_write_tokens, kept_writes))
FROM rewritten
GROUP BY cell_id, keep_turns;
