-- Requests of every hour, and of its busiest calendar minute, per cluster and model. Counted by minute first.
SELECT
  {{scope}},
  {{whole_division(minute_number, 60)}} AS hour_number,
  CAST(sum(requests) AS BIGINT) AS requests,
  max(requests) AS peak_minute_requests
FROM (
  SELECT {{scope}}, CAST({{whole_division(micros, 60000000)}} AS INTEGER) AS minute_number, count(*) AS requests
  FROM scoped_requests
  GROUP BY {{scope}}, CAST({{whole_division(micros, 60000000)}} AS INTEGER)
) AS per_minute
GROUP BY {{scope}}, {{whole_division(minute_number, 60)}}
