-- Every combination of keys that occurs, and what its events carry.
SELECT
  {{keys}},
  min(micros) AS first_micros,
  max(micros) AS last_micros,
  max(end_micros) AS end_micros,
  count(*) AS event_rows,
  CAST(sum(requests) AS BIGINT) AS requests,
  count(CASE WHEN input_tokens IS NULL OR output_tokens IS NULL THEN 1 END) AS without_tokens,
  count(retry_of) AS with_retry_of,
  count(conversation_id) AS with_conversation,
  count(prompt_hash) AS with_prompt_hash,
  count(CASE WHEN {{list_length(prefix_hashes)}} > 0 THEN 1 END) AS with_prefix_hashes,
  count(CASE WHEN {{list_length(prefix_hashes)}} > 0 AND prefix_block_tokens IS NULL THEN 1 END) AS without_block_size
FROM profile_events
GROUP BY {{keys}}
