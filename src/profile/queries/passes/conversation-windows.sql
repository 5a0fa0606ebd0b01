-- What a window of so many turns would cut: the context after the turn that falls out of it, less the first turn's
-- input, less what was trimmed since. What stays behind the first turn moves with every request, so reads beyond it end.
SELECT
  {{cell}},
  keep_turns,
  count(*) AS requests,
  CAST(sum(cut_tokens) AS BIGINT) AS cut_tokens,
  CAST(sum(input_tokens - kept_prefix) AS BIGINT) AS shifted_tokens,
  CAST(sum(cached_tokens - kept_cached) AS BIGINT) AS lost_cached_tokens,
  CAST(sum(write_tokens - kept_writes) AS BIGINT) AS lost_cache_write_tokens,
  CAST(sum(long_write_tokens - least(long_write_tokens, kept_writes)) AS BIGINT) AS lost_cache_write_1h_tokens
FROM (
  SELECT *, least(write_tokens, input_tokens - cut_tokens - kept_cached) AS kept_writes
  FROM (
    SELECT
      {{cell}}, keep_turns, input_tokens, cached_tokens, write_tokens, long_write_tokens, kept_prefix,
      least(loose_tokens, input_tokens - kept_prefix) AS cut_tokens,
      least(cached_tokens, kept_prefix) AS kept_cached
    FROM (
      SELECT
        {{cell_of_t}}, w.keep_turns, t.input_tokens, t.cached_tokens, t.write_tokens, t.long_write_tokens,
        least(t.first_input, t.input_tokens) AS kept_prefix,
        p.context_after - t.first_input - (coalesce(d.trimmed_so_far, 0) - p.trimmed_so_far) AS loose_tokens
      FROM conversation_turns AS t
      CROSS JOIN {{window_turns}} AS w
      JOIN (
        SELECT e.conversation, e.place, e.context_after, coalesce(f.trimmed_so_far, 0) AS trimmed_so_far
        FROM conversation_turns AS e LEFT JOIN conversation_trims AS f ON f.row_number = e.row_number
        WHERE e.is_last
      ) AS p ON p.conversation = t.conversation AND p.place = t.place - w.keep_turns
      LEFT JOIN conversation_trims AS d ON d.row_number = t.row_number
    ) AS measured
    WHERE least(loose_tokens, input_tokens - kept_prefix) > 0
  ) AS shortened
) AS rewritten
GROUP BY {{cell}}, keep_turns
