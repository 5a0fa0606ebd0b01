COPY (SELECT * FROM reuse_rows ORDER BY ALL) TO {{reuse}} (FORMAT parquet, COMPRESSION zstd);
