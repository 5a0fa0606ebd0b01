-- Tenants whose requests are planned apart, because the policy has rules for them.
CREATE OR REPLACE TABLE planned_tenants (tenant VARCHAR, name VARCHAR);
