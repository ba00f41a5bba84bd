-- What tells a policy that Redis keeps from one that is no longer true.

-- How often what an organization's roles permit has changed, by the number of the last change; an organization
-- without a row has not changed it. One policy of Redis counts as long as its version does, so that a change of
-- a role voids everybody's with one row. What is global changes by `seed` alone, after which nothing counts
-- that Redis held.
CREATE TABLE IF NOT EXISTS shell.policy_versions (
  organization_id uuid NOT NULL CONSTRAINT policy_versions_pkey PRIMARY KEY
    CONSTRAINT policy_versions_organization_fkey REFERENCES shell.organizations (id),
  version bigint NOT NULL
);

-- Platform's statements write it where an organization's status or identity provider changes.
ALTER TABLE shell.policy_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.policy_versions FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS policy_versions_tenant ON shell.policy_versions;
CREATE POLICY policy_versions_tenant ON shell.policy_versions
  USING (organization_id = shell.current_organization() OR shell.is_platform());

-- What `If-Match` compares.
ALTER TABLE shell.role_assignments ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0;
