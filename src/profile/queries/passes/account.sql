-- How much of the table can be used, and whether ids tell its rows apart.
SELECT
  count(*) AS read_rows,
  count(CASE WHEN usable THEN 1 END) AS usable_rows,
  count(CASE WHEN usable THEN id END) AS rows_with_id,
  count(DISTINCT CASE WHEN usable THEN id END) AS distinct_ids,
  count(CASE WHEN usable AND has_long_label THEN 1 END) AS long_labels
FROM table_rows
