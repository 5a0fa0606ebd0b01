-- Where a request's leading run ends under each lifetime: its first block that was not touched within the lifetime
-- before, in time order. Every request touches all of its blocks. One slice of the blocks at a time, since a window
-- holds all of its rows in memory; the earliest break over all slices is the request's.
INSERT INTO prefix_breaks
WITH touched AS (
  SELECT
    b.row_number,
    b.place,
    -- A hash that occurs twice in one request was judged at its first place; here it must not end the run.
    coalesce(lag(b.row_number) OVER earlier = b.row_number, false) AS is_repeat,
    b.micros - lag(b.micros) OVER earlier AS idle_micros
  FROM prefix_blocks AS b SEMI JOIN prefix_arrivals AS a USING (row_number)
  WHERE b.block_id % $slices = $slice
  WINDOW earlier AS (PARTITION BY b.block_id ORDER BY b.micros, b.row_number, b.place)
)
SELECT t.row_number, l.ttl_seconds, min(t.place)
FROM touched AS t
JOIN prefix_lifetimes AS l ON coalesce(t.idle_micros > l.ttl_seconds * 1000000, true)
WHERE NOT t.is_repeat
GROUP BY t.row_number, l.ttl_seconds;
