CREATE OR REPLACE VIEW profile_events AS
{{facts}};
-- What only a single request can show is asked of these.
CREATE OR REPLACE VIEW profile_requests AS
SELECT * FROM profile_events WHERE grain = 'request';
