-- Most conversations only grow: the others alone are summed up.
CREATE OR REPLACE TABLE conversation_trims AS
SELECT
  row_number,
  sum(trimmed_tokens) OVER (
    PARTITION BY conversation ORDER BY turn NULLS LAST, micros, row_number ROWS UNBOUNDED PRECEDING
  )::BIGINT AS trimmed_so_far
FROM conversation_turns
WHERE conversation IN (SELECT conversation FROM conversation_turns WHERE trimmed_tokens > 0);
