-- Attempts of every chain, numbered: 0 is the first call, n the n-th retry in time order. Sources differ: a retry names
-- the call before it or the first one, so links are followed to the call that retries nothing (which may be missing
-- from the log). Links are followed 32 deep; deeper ones, and rings, are no retries here.
CREATE OR REPLACE TABLE retry_events AS
SELECT row_number, id, retry_of, ts, status FROM profile_requests WHERE retry_of <> id;

CREATE OR REPLACE TABLE retry_attempts AS
WITH RECURSIVE chained(row_number, id, root, depth) AS (
  SELECT r.row_number, r.id, r.retry_of, 1
  FROM retry_events AS r ANTI JOIN retry_events AS p ON p.id = r.retry_of
  UNION ALL
  SELECT r.row_number, r.id, c.root, c.depth + 1
  FROM chained AS c JOIN retry_events AS r ON r.retry_of = c.id
  WHERE c.depth < 32
),
rooted AS (SELECT row_number, min(root) AS root FROM chained GROUP BY row_number),
retries AS (
  SELECT
    r.row_number, c.root, r.status,
    row_number() OVER (PARTITION BY c.root ORDER BY r.ts, r.row_number) AS attempt
  FROM rooted AS c JOIN retry_events AS r USING (row_number)
)
SELECT row_number, root, status, attempt FROM retries
UNION ALL
SELECT e.row_number, e.id, e.status, 0
FROM profile_requests AS e SEMI JOIN retries AS c ON c.root = e.id;
