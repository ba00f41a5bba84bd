-- Tenants and the identity providers they trust, and what the policies of every table compare with.

CREATE SCHEMA IF NOT EXISTS shell;

-- The files of `functions/` that were applied, by their checksum. One that is not current was replaced.
CREATE TABLE IF NOT EXISTS shell.function_files (
  file text COLLATE "C" NOT NULL,
  sha256 text COLLATE "C" NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  is_current boolean NOT NULL,
  CONSTRAINT function_files_pkey PRIMARY KEY (file, sha256)
);

DO $type$
BEGIN
  CREATE TYPE shell.plan AS ENUM ('free', 'pro', 'enterprise');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

DO $type$
BEGIN
  CREATE TYPE shell.organization_status AS ENUM ('active', 'suspended');
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

-- The provider's slug is what a token names, so each request looks at it: it stands in the organization's
-- own row, copied by a trigger and taken along by the foreign key where the provider gets another slug.
CREATE TABLE IF NOT EXISTS shell.organizations (
  id uuid CONSTRAINT organizations_pkey PRIMARY KEY,
  slug shell.slug NOT NULL CONSTRAINT organizations_slug_key UNIQUE,
  name text NOT NULL CONSTRAINT organizations_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
  plan shell.plan NOT NULL,
  billing_email text,
  billing_reference text,
  status shell.organization_status NOT NULL DEFAULT 'active',
  identity_provider_id uuid NOT NULL
    CONSTRAINT organizations_identity_provider_fkey REFERENCES shell.identity_providers (id),
  identity_provider shell.slug NOT NULL
    CONSTRAINT organizations_identity_provider_slug_fkey
      REFERENCES shell.identity_providers (slug) ON UPDATE CASCADE,
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT organizations_platform_is_active CHECK (slug <> 'platform' OR status = 'active')
);

CREATE OR REPLACE FUNCTION shell.copy_identity_provider() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT p.slug INTO NEW.identity_provider
  FROM shell.identity_providers p WHERE p.id = NEW.identity_provider_id;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER organizations_identity_provider
  BEFORE INSERT OR UPDATE ON shell.organizations
  FOR EACH ROW EXECUTE FUNCTION shell.copy_identity_provider();

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

-- A sub-query in a policy is set up anew for every statement, which costs more than to ask for the
-- setting itself in each row that is looked at, unless there are hundreds. So what single statements
-- touch is compared without one.
ALTER TABLE shell.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.organizations FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS organizations_tenant ON shell.organizations;
CREATE POLICY organizations_tenant ON shell.organizations
  USING (id = shell.current_organization());
DROP POLICY IF EXISTS organizations_platform ON shell.organizations;
CREATE POLICY organizations_platform ON shell.organizations
  USING (shell.is_platform());

ALTER TABLE shell.organization_domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.organization_domains FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS organization_domains_tenant ON shell.organization_domains;
CREATE POLICY organization_domains_tenant ON shell.organization_domains
  USING (organization_id = (SELECT shell.current_organization()));
DROP POLICY IF EXISTS organization_domains_platform ON shell.organization_domains;
CREATE POLICY organization_domains_platform ON shell.organization_domains
  USING ((SELECT shell.is_platform()));
