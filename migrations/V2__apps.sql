-- The registry: which applications exist, and for which organizations each is enabled.

DO $type$
BEGIN
  CREATE TYPE shell.app_status AS ENUM ('available', 'unavailable', 'maintenance');
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
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

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

GRANT SELECT ON shell.apps, shell.app_organizations TO shell_runtime;

-- RFC 3339 in UTC with six fraction digits: the one form of every timestamp in the contracts.
CREATE OR REPLACE FUNCTION shell.rfc3339(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- What an organization finds: the apps enabled for it, by slug, as the contract's JSON.
CREATE OR REPLACE FUNCTION shell.discover_apps(
  p_organization uuid, p_provider text, p_acting_for text,
  OUT organization_id uuid, OUT refusal text, OUT apps text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT e.organization_id, e.refusal INTO organization_id, refusal
  FROM shell.enter_organization(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  SELECT coalesce(json_agg(json_build_object(
      'slug', a.slug,
      'name', a.name,
      'description', a.description,
      'category', a.category,
      'api_url', a.api_url,
      'ui_url', a.ui_url,
      'status', a.status,
      'health', 'unknown',
      'lease_expires_at', NULL,
      'metadata', a.metadata,
      'updated_at', shell.rfc3339(a.updated_at)
    ) ORDER BY a.slug), '[]')::text INTO apps
  FROM shell.app_organizations ao JOIN shell.apps a ON a.id = ao.app_id
  WHERE ao.organization_id = discover_apps.organization_id;
END
$$;

REVOKE ALL ON FUNCTION shell.discover_apps FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.discover_apps TO shell_runtime;
