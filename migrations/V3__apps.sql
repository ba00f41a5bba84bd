-- The registry: which applications exist, and for which organizations each is enabled.

DO $type$
BEGIN
  CREATE TYPE shell.app_status AS ENUM ('available', 'unavailable', 'maintenance');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

DO $type$
BEGIN
  CREATE TYPE shell.app_health AS ENUM ('healthy', 'unhealthy');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

CREATE TABLE IF NOT EXISTS shell.apps (
  id uuid CONSTRAINT apps_pkey PRIMARY KEY,
  slug shell.slug NOT NULL CONSTRAINT apps_slug_key UNIQUE,
  name text NOT NULL CONSTRAINT apps_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '',
  category text NOT NULL DEFAULT '',
  api_url text NOT NULL,
  ui_url text NOT NULL,
  status shell.app_status NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT apps_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What an app last said of itself, and until when that counts: no part of what it is registered with, so
-- that a heartbeat changes nothing else. A lease that has ended stays where it is: readers compare, nothing
-- sweeps.
CREATE TABLE IF NOT EXISTS shell.app_leases (
  app_id uuid CONSTRAINT app_leases_pkey PRIMARY KEY
    CONSTRAINT app_leases_app_fkey REFERENCES shell.apps (id) ON DELETE CASCADE,
  health shell.app_health NOT NULL,
  expires_at timestamptz NOT NULL
);

-- The number of the last heartbeat. Each locks this row, so that what it hands on to Redis holds all that
-- came before it.
CREATE TABLE IF NOT EXISTS shell.heartbeats (
  the_only boolean CONSTRAINT heartbeats_pkey PRIMARY KEY DEFAULT true
    CONSTRAINT heartbeats_only_one CHECK (the_only),
  number bigint NOT NULL
);
INSERT INTO shell.heartbeats (number) VALUES (0) ON CONFLICT ON CONSTRAINT heartbeats_pkey DO NOTHING;

CREATE TABLE IF NOT EXISTS shell.app_organizations (
  organization_id uuid NOT NULL
    CONSTRAINT app_organizations_organization_fkey REFERENCES shell.organizations (id),
  app_id uuid NOT NULL CONSTRAINT app_organizations_app_fkey REFERENCES shell.apps (id),
  enabled_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT app_organizations_pkey PRIMARY KEY (organization_id, app_id)
);
CREATE INDEX IF NOT EXISTS app_organizations_app_idx ON shell.app_organizations (app_id);

ALTER TABLE shell.app_organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.app_organizations FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS app_organizations_tenant ON shell.app_organizations;
CREATE POLICY app_organizations_tenant ON shell.app_organizations
  USING (organization_id = (SELECT shell.current_organization()));
DROP POLICY IF EXISTS app_organizations_platform ON shell.app_organizations;
CREATE POLICY app_organizations_platform ON shell.app_organizations
  USING ((SELECT shell.is_platform()));
