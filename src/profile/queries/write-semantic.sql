COPY (SELECT * FROM semantic_rows ORDER BY ALL) TO {{semantic_reuse}} (FORMAT parquet, COMPRESSION zstd);
