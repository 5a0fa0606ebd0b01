CREATE OR REPLACE TABLE prompt_ids (event_id VARCHAR);
CREATE OR REPLACE TABLE prompt_clusters (event_id VARCHAR, cluster VARCHAR);
