SELECT s.prefix_scope, l.* EXCLUDE (cluster, provider, model)
FROM {{table}} AS l
JOIN (SELECT DISTINCT cluster, provider, model, prefix_scope FROM cube_keys) AS s USING (cluster, provider, model)
