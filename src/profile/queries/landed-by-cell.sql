SELECT c.cell_id, l.* EXCLUDE (cluster, provider, model, context_class, batch)
FROM {{table}} AS l
JOIN (
  SELECT cluster, provider, model, context_class, batch, min(key_id) AS cell_id FROM cube_keys GROUP BY ALL
) AS c USING (cluster, provider, model, context_class, batch)
