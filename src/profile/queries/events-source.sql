-- The stored events; `row_number` is the file's own order, which decides between equal instants.
CREATE OR REPLACE VIEW profile_source AS
SELECT *, file_row_number AS row_number, NULL::VARCHAR AS assigned_cluster
FROM read_parquet({{events}}, file_row_number = true);
