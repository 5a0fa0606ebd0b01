-- A table or view of inference calls, with the columns that the settings name and no other.
SELECT
{{columns}}
FROM {{table}} AS u
WHERE {{time}} >= TO_TIMESTAMP_TZ(:since) AND {{time}} < TO_TIMESTAMP_TZ(:until)
ORDER BY {{order}}
