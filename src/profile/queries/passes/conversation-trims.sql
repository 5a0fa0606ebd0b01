-- Most conversations only grow: the others alone are summed up.
SELECT
  row_number,
  CAST(
    sum(trimmed_tokens) OVER (
      PARTITION BY conversation ORDER BY turn NULLS LAST, micros, row_number ROWS UNBOUNDED PRECEDING
    ) AS BIGINT
  ) AS trimmed_so_far
FROM conversation_turns
WHERE conversation IN (SELECT conversation FROM conversation_turns WHERE trimmed_tokens > 0)
