-- One slice of the conversations, since a window holds its rows in memory; by number, since a sort by name takes longer.
CREATE OR REPLACE VIEW celled_requests AS
SELECT e.*, c.cell_id
FROM profile_requests AS e
JOIN (
  SELECT cluster, provider, model, context_class, batch, min(key_id) AS cell_id FROM cube_keys GROUP BY ALL
) AS c USING (cluster, provider, model, context_class, batch);
CREATE OR REPLACE TABLE conversation_turns AS
{{pass}};
