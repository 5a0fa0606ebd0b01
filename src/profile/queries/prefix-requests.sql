-- Requests that a prompt cache could serve, and their blocks. Strings are left behind here: a block that occurs
-- twice or more in its scope becomes a number, any other can only end a run, so its first place is all that counts.
CREATE OR REPLACE TABLE prefix_requests AS
SELECT
  row_number, key_id, prefix_scope, input_tokens, len(prefix_hashes) AS blocks, prefix_block_tokens AS block_tokens
FROM keyed_requests
WHERE status = 'ok' AND input_tokens IS NOT NULL AND len(prefix_hashes) > 0 AND prefix_block_tokens IS NOT NULL;

CREATE OR REPLACE VIEW hashed_blocks AS
SELECT
  row_number, prefix_scope, epoch_us(ts) AS micros,
  unnest(prefix_hashes) AS block_hash,
  generate_subscripts(prefix_hashes, 1) AS place
FROM keyed_requests
WHERE status = 'ok' AND input_tokens IS NOT NULL AND len(prefix_hashes) > 0 AND prefix_block_tokens IS NOT NULL;

CREATE OR REPLACE TABLE repeated_blocks AS
SELECT prefix_scope, block_hash, row_number() OVER () AS block_id, count(*) AS uses
FROM hashed_blocks
GROUP BY prefix_scope, block_hash
HAVING count(*) > 1;

CREATE OR REPLACE TABLE prefix_blocks AS
SELECT r.block_id, b.prefix_scope, b.row_number, b.micros, b.place
FROM hashed_blocks AS b JOIN repeated_blocks AS r USING (prefix_scope, block_hash);

CREATE OR REPLACE TABLE unique_breaks AS
SELECT b.row_number, min(b.place) AS place
FROM hashed_blocks AS b ANTI JOIN repeated_blocks AS r USING (prefix_scope, block_hash)
GROUP BY b.row_number;
