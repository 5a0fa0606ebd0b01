-- Hours that hold any request, counted from the first one of the whole workload; the reader fills the idle ones.
WITH arrivals AS (SELECT * FROM read_parquet({{arrivals}})),
span AS (SELECT min("hour") AS first_hour, max("hour") AS last_hour FROM arrivals)
SELECT
  cluster, provider, model,
  any_value(date_diff('hour', first_hour, last_hour)) + 1 AS hours,
  list(date_diff('hour', first_hour, "hour") ORDER BY "hour") AS busy_hours,
  list(requests ORDER BY "hour") AS requests,
  list(peak_minute_requests ORDER BY "hour") AS peak_minute_requests
FROM arrivals CROSS JOIN span
GROUP BY ALL
ORDER BY ALL;
