-- Rates in pico-USD per token, resolved from the price book; filled by the caller.
CREATE OR REPLACE TABLE price_rates (
  key_id INTEGER,
  valid_from TIMESTAMP,
  valid_until TIMESTAMP,
  hour_from INTEGER,
  hour_until INTEGER,
  input HUGEINT,
  cached_input HUGEINT,
  cache_write HUGEINT,
  cache_write_1h HUGEINT,
  output HUGEINT,
  reasoning HUGEINT,
  denominator HUGEINT
);
