-- Tenants, the identity providers they trust, and the role the HTTP functions run as.

CREATE SCHEMA IF NOT EXISTS shell;

-- A group: `migrate` makes the login role of the HTTP functions a member of it. It owns nothing.
DO $role$
BEGIN
  CREATE ROLE shell_runtime NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$role$;

GRANT USAGE ON SCHEMA shell TO shell_runtime;

DO $type$
BEGIN
  CREATE TYPE shell.plan AS ENUM ('free', 'pro', 'enterprise');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

-- A slug is never a UUID, so that `{organization}` in a path may be either.
DO $type$
BEGIN
  CREATE DOMAIN shell.slug AS text COLLATE "C"
    CONSTRAINT slug_form CHECK (VALUE ~ '^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$')
    CONSTRAINT slug_is_no_uuid CHECK (VALUE !~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

-- Global data: which tokens are trusted. `default` is described by the application's variables.
CREATE TABLE IF NOT EXISTS shell.identity_providers (
  id uuid CONSTRAINT identity_providers_pkey PRIMARY KEY,
  slug shell.slug NOT NULL CONSTRAINT identity_providers_slug_key UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO shell.identity_providers (id, slug)
VALUES ('01970000-0000-7000-8000-000000000001', 'default')
ON CONFLICT ON CONSTRAINT identity_providers_slug_key DO NOTHING;

CREATE TABLE IF NOT EXISTS shell.organizations (
  id uuid CONSTRAINT organizations_pkey PRIMARY KEY,
  slug shell.slug NOT NULL CONSTRAINT organizations_slug_key UNIQUE,
  name text NOT NULL CONSTRAINT organizations_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
  plan shell.plan NOT NULL,
  billing_email text,
  identity_provider_id uuid NOT NULL
    CONSTRAINT organizations_identity_provider_fkey REFERENCES shell.identity_providers (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- A table of its own because a domain belongs to one organization.
CREATE TABLE IF NOT EXISTS shell.organization_domains (
  domain text COLLATE "C" CONSTRAINT organization_domains_pkey PRIMARY KEY,
  organization_id uuid NOT NULL
    CONSTRAINT organization_domains_organization_fkey REFERENCES shell.organizations (id)
);
CREATE INDEX IF NOT EXISTS organization_domains_organization_idx
  ON shell.organization_domains (organization_id);

-- The tenant of the running statement, or null: what every policy compares with.
CREATE OR REPLACE FUNCTION shell.current_organization() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('shell.organization_id', true), '')::uuid;

-- Whether the running statement acts for the platform, which sees every organization.
CREATE OR REPLACE FUNCTION shell.is_platform() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('shell.platform', true), '') = 'on';

ALTER TABLE shell.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.organizations FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS organizations_tenant ON shell.organizations;
CREATE POLICY organizations_tenant ON shell.organizations
  USING (id = (SELECT shell.current_organization()));
DROP POLICY IF EXISTS organizations_platform ON shell.organizations;
CREATE POLICY organizations_platform ON shell.organizations
  USING ((SELECT shell.is_platform()));

ALTER TABLE shell.organization_domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.organization_domains FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS organization_domains_tenant ON shell.organization_domains;
CREATE POLICY organization_domains_tenant ON shell.organization_domains
  USING (organization_id = (SELECT shell.current_organization()));
DROP POLICY IF EXISTS organization_domains_platform ON shell.organization_domains;
CREATE POLICY organization_domains_platform ON shell.organization_domains
  USING ((SELECT shell.is_platform()));

GRANT SELECT ON shell.identity_providers, shell.organizations TO shell_runtime;

-- Enters a tenant: from here to the end of the statement, policies see `organization_id`.
--
-- p_organization and p_provider come from the token; p_acting_for is the slug of
-- `Shell-Organization`, or null. Exactly one of the results is set.
CREATE OR REPLACE FUNCTION shell.enter_organization(
  p_organization uuid, p_provider text, p_acting_for text,
  OUT organization_id uuid, OUT refusal text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_slug text;
  v_provider text;
BEGIN
  PERFORM set_config('shell.organization_id', p_organization::text, true);
  SELECT o.slug, p.slug INTO v_slug, v_provider
  FROM shell.organizations o JOIN shell.identity_providers p ON p.id = o.identity_provider_id
  WHERE o.id = p_organization;

  IF v_slug IS NULL THEN
    refusal := 'unknown_organization';
  ELSIF v_provider <> p_provider THEN
    refusal := 'foreign_provider';
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

REVOKE ALL ON FUNCTION shell.enter_organization FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.enter_organization TO shell_runtime;
