-- How many rows each minute has, so that the rows can be read in slices of time.
SELECT DATE_TRUNC('MINUTE', {{time}}) AS minute, COUNT(*) AS row_count
FROM {{table}} AS {{alias}}
WHERE {{time}} >= CAST(:since AS TIMESTAMP) AND {{time}} < CAST(:until AS TIMESTAMP)
GROUP BY DATE_TRUNC('MINUTE', {{time}})
ORDER BY minute
