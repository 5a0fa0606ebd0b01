-- Events with the number of their keys.
CREATE OR REPLACE VIEW keyed_events AS
SELECT e.*, k.key_id, k.exact_scope, k.prefix_scope
FROM profile_events AS e
JOIN cube_keys AS k
  ON k.tenant = e.tenant AND k.cluster = e.cluster AND k.provider = e.provider AND k.model = e.model
  AND k.endpoint IS NOT DISTINCT FROM e.endpoint AND k.region IS NOT DISTINCT FROM e.region
  AND k.status = e.status AND k.batch = e.batch AND k.service_tier IS NOT DISTINCT FROM e.service_tier
  AND k.context_class = e.context_class AND k.billed = e.billed AND k.grain = e.grain;
CREATE OR REPLACE VIEW keyed_requests AS
SELECT * FROM keyed_events WHERE grain = 'request';
-- One number for the three names of an arrival curve: ten million events are ten million additions.
CREATE OR REPLACE VIEW scoped_requests AS
SELECT s.prefix_scope, e.micros
FROM profile_requests AS e
JOIN (SELECT DISTINCT cluster, provider, model, prefix_scope FROM cube_keys) AS s USING (cluster, provider, model);
