-- Which columns it has; no row is read.
SELECT * FROM {{table}} LIMIT 0
