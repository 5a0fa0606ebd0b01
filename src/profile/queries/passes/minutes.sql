-- Arrivals per calendar minute, counted in minutes since 1970.
SELECT
  {{whole_division(micros, 60000000)}} AS minute_number,
  count(*) AS requests,
  CAST(coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0) AS BIGINT) AS tokens
FROM profile_requests
GROUP BY {{whole_division(micros, 60000000)}}
