-- How many rows each minute has, so that the rows can be read in slices of time.
SELECT DATE_TRUNC('MINUTE', {{time}}) AS minute, COUNT(*) AS row_count
FROM {{table}} AS {{alias}}
WHERE {{time}} >= TO_TIMESTAMP_TZ(:since) AND {{time}} < TO_TIMESTAMP_TZ(:until)
GROUP BY DATE_TRUNC('MINUTE', {{time}})
ORDER BY minute
