-- What every change of the registry needs: the count of changes, versions, leases, and who may.

-- Counts the changes of what discovery shows. Whoever changes any of it locks this row first: two
-- writers at once decide one after the other, and cannot wait for each other in a circle.
CREATE TABLE IF NOT EXISTS shell.changes (
  the_only boolean CONSTRAINT changes_pkey PRIMARY KEY DEFAULT true CONSTRAINT changes_only_one CHECK (the_only),
  counter bigint NOT NULL
);
INSERT INTO shell.changes (counter) VALUES (0) ON CONFLICT ON CONSTRAINT changes_pkey DO NOTHING;

-- Lets one writer in, and says how many changes there were.
CREATE OR REPLACE FUNCTION shell.lock_changes() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY INVOKER AS 'SELECT c.counter FROM shell.changes c FOR UPDATE';

-- Counts a change. Its number is the version of what was changed: never used twice, so that an app
-- retired and registered anew is not mistaken for the old one.
CREATE OR REPLACE FUNCTION shell.next_change() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY INVOKER
AS 'UPDATE shell.changes SET counter = counter + 1 RETURNING counter';

DO $type$
BEGIN
  CREATE TYPE shell.app_health AS ENUM ('healthy', 'unhealthy');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

DO $type$
BEGIN
  CREATE TYPE shell.organization_status AS ENUM ('active', 'suspended');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

-- A lease that has ended stays where it is: readers compare, nothing sweeps.
ALTER TABLE shell.apps
  ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS lease_health shell.app_health,
  ADD COLUMN IF NOT EXISTS lease_expires_at timestamptz;
ALTER TABLE shell.apps DROP CONSTRAINT IF EXISTS apps_lease_is_whole;
ALTER TABLE shell.apps ADD CONSTRAINT apps_lease_is_whole
  CHECK ((lease_health IS NULL) = (lease_expires_at IS NULL));

ALTER TABLE shell.organizations
  ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS status shell.organization_status NOT NULL DEFAULT 'active',
  ADD COLUMN IF NOT EXISTS billing_reference text;
ALTER TABLE shell.organizations DROP CONSTRAINT IF EXISTS organizations_platform_is_active;
ALTER TABLE shell.organizations ADD CONSTRAINT organizations_platform_is_active
  CHECK (slug <> 'platform' OR status = 'active');

DROP POLICY IF EXISTS app_organizations_platform ON shell.app_organizations;
CREATE POLICY app_organizations_platform ON shell.app_organizations
  USING ((SELECT shell.is_platform()));

GRANT SELECT, UPDATE (counter) ON shell.changes TO shell_runtime;
GRANT INSERT, UPDATE, DELETE ON shell.apps TO shell_runtime;
GRANT INSERT, DELETE ON shell.app_organizations TO shell_runtime;
GRANT INSERT ON shell.organizations TO shell_runtime;
GRANT UPDATE (name, plan, billing_email, billing_reference, status, identity_provider_id, version, updated_at)
  ON shell.organizations TO shell_runtime;
GRANT SELECT, INSERT, DELETE ON shell.organization_domains TO shell_runtime;

-- As before, and a suspended organization's own tokens are refused. Its data stay: platform may
-- act for it.
CREATE OR REPLACE FUNCTION shell.enter_organization(
  p_organization uuid, p_provider text, p_acting_for text,
  OUT organization_id uuid, OUT refusal text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_slug text;
  v_provider text;
  v_status shell.organization_status;
BEGIN
  PERFORM set_config('shell.organization_id', p_organization::text, true);
  SELECT o.slug, p.slug, o.status INTO v_slug, v_provider, v_status
  FROM shell.organizations o JOIN shell.identity_providers p ON p.id = o.identity_provider_id
  WHERE o.id = p_organization;

  IF v_slug IS NULL THEN
    refusal := 'unknown_organization';
  ELSIF v_provider <> p_provider THEN
    refusal := 'foreign_provider';
  ELSIF v_status = 'suspended' THEN
    refusal := 'suspended_organization';
  ELSIF p_acting_for IS NULL OR p_acting_for = v_slug THEN
    organization_id := p_organization;
    RETURN;
  ELSIF v_slug <> 'platform' THEN
    refusal := 'not_platform';
  ELSE
    PERFORM set_config('shell.platform', 'on', true);
    SELECT o.id INTO organization_id FROM shell.organizations o WHERE o.slug = p_acting_for;
    PERFORM set_config('shell.platform', '', true);
    IF organization_id IS NULL THEN
      refusal := 'unknown_acting_for';
    END IF;
  END IF;
  PERFORM set_config('shell.organization_id', coalesce(organization_id::text, ''), true);
END
$$;

-- Enters a tenant as above; for a caller of platform, whomever it acts for, policies let the rest
-- of the statement see every organization.
CREATE OR REPLACE FUNCTION shell.enter_registry(
  p_organization uuid, p_provider text, p_acting_for text,
  OUT refusal text, OUT is_platform boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT e.refusal INTO refusal
  FROM shell.enter_organization(p_organization, p_provider, p_acting_for) e;
  is_platform := false;
  IF refusal IS NULL THEN
    PERFORM set_config('shell.platform', 'on', true);
    is_platform := EXISTS (
      SELECT FROM shell.organizations o WHERE o.id = p_organization AND o.slug = 'platform');
    IF NOT is_platform THEN
      PERFORM set_config('shell.platform', '', true);
    END IF;
  END IF;
END
$$;

-- The same for what platform alone may do.
CREATE OR REPLACE FUNCTION shell.enter_platform(
  p_organization uuid, p_provider text, p_acting_for text, OUT refusal text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_is_platform boolean;
BEGIN
  SELECT e.refusal, e.is_platform INTO refusal, v_is_platform
  FROM shell.enter_registry(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NULL AND NOT v_is_platform THEN
    refusal := 'not_granted';
  END IF;
END
$$;

-- Whether `If-Match` lets a request through: p_if_match holds the versions it names (or `*`) and is
-- null where it was not sent; p_version is null where there is nothing to match.
CREATE OR REPLACE FUNCTION shell.if_match(p_if_match text[], p_version bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_if_match IS NULL
  OR (p_version IS NOT NULL AND ('*' = ANY (p_if_match) OR p_version::text = ANY (p_if_match)));

REVOKE ALL ON FUNCTION shell.lock_changes, shell.next_change, shell.enter_registry,
  shell.enter_platform FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.lock_changes, shell.next_change, shell.enter_registry,
  shell.enter_platform TO shell_runtime;
