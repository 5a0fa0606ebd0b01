-- Events that prompts on file belong to and that another source has under another id: the one that is kept.
SELECT s.id, min(s.kept_id) AS kept_id
FROM read_parquet({{same_calls}}) AS s
SEMI JOIN prompt_ids ON prompt_ids.event_id = s.id
GROUP BY s.id;
