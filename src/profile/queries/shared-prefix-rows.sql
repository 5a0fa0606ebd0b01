SELECT cluster, provider, model, context_class, batch, requests, hit_tokens AS tokens
FROM read_parquet({{reuse}})
WHERE kind = 'shared'
ORDER BY ALL;
