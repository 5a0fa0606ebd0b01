-- No event names another that it repeats.
CREATE OR REPLACE TABLE retry_attempts (row_number BIGINT, root VARCHAR, status VARCHAR, attempt BIGINT);
