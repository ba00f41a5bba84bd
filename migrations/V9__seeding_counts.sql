-- What V4 has, counted as changes: so that Redis is found to be behind, and versions move on.

CREATE OR REPLACE FUNCTION shell.seed_organizations(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_version bigint := shell.lock_changes() + 1;
BEGIN
  PERFORM set_config('shell.platform', 'on', true);
  changed := 0;
  IF p_update THEN
    WITH incoming AS (
      SELECT r.*, p.id AS provider_id
      FROM jsonb_to_recordset(p_rows) AS r(
        slug text, name text, plan shell.plan, domains text[], billing_email text, identity_provider text)
      JOIN shell.identity_providers p ON p.slug = r.identity_provider
    ), differing AS (
      SELECT o.id, i.* FROM incoming i JOIN shell.organizations o ON o.slug = i.slug
      WHERE (o.name, o.plan, o.billing_email, o.identity_provider_id)
              IS DISTINCT FROM (i.name, i.plan, i.billing_email, i.provider_id)
         OR ARRAY(SELECT d.domain FROM shell.organization_domains d
                  WHERE d.organization_id = o.id ORDER BY d.domain)
              IS DISTINCT FROM ARRAY(SELECT unnest(i.domains) COLLATE "C" ORDER BY 1)
    ), removed AS (
      DELETE FROM shell.organization_domains d USING differing
      WHERE d.organization_id = differing.id AND d.domain <> ALL (differing.domains)
    ), domain_added AS (
      INSERT INTO shell.organization_domains (domain, organization_id)
      SELECT unnest(differing.domains), differing.id FROM differing
      EXCEPT SELECT d.domain, d.organization_id FROM shell.organization_domains d
    )
    UPDATE shell.organizations o
    SET name = d.name, plan = d.plan, billing_email = d.billing_email,
        identity_provider_id = d.provider_id, version = v_version,
        updated_at = now()
    FROM differing d WHERE o.id = d.id;
    GET DIAGNOSTICS changed = ROW_COUNT;
  END IF;

  WITH incoming AS (
    SELECT r.*, p.id AS provider_id
    FROM jsonb_to_recordset(p_rows) AS r(
      id uuid, slug text, name text, plan shell.plan, domains text[], billing_email text,
      identity_provider text)
    JOIN shell.identity_providers p ON p.slug = r.identity_provider
  ), new AS (
    INSERT INTO shell.organizations
      (id, slug, name, plan, billing_email, identity_provider_id, version)
    SELECT id, slug, name, plan, billing_email, provider_id, v_version FROM incoming
    ON CONFLICT ON CONSTRAINT organizations_slug_key DO NOTHING
    RETURNING id
  ), domain_added AS (
    INSERT INTO shell.organization_domains (domain, organization_id)
    SELECT unnest(i.domains), i.id FROM incoming i JOIN new USING (id)
  )
  SELECT count(*) INTO added FROM new;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION shell.seed_apps(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_version bigint := shell.lock_changes() + 1;
BEGIN
  changed := 0;
  IF p_update THEN
    UPDATE shell.apps a
    SET name = r.name, description = r.description, category = r.category, api_url = r.api_url,
        ui_url = r.ui_url, status = r.status, version = v_version, updated_at = now()
    FROM jsonb_to_recordset(p_rows) AS r(
      slug text, name text, description text, category text, api_url text, ui_url text,
      status shell.app_status)
    WHERE a.slug = r.slug
      AND (a.name, a.description, a.category, a.api_url, a.ui_url, a.status)
        IS DISTINCT FROM (r.name, r.description, r.category, r.api_url, r.ui_url, r.status);
    GET DIAGNOSTICS changed = ROW_COUNT;
  END IF;

  INSERT INTO shell.apps (id, slug, name, description, category, api_url, ui_url, status, version)
  SELECT r.id, r.slug, r.name, r.description, r.category, r.api_url, r.ui_url, r.status, v_version
  FROM jsonb_to_recordset(p_rows) AS r(
    id uuid, slug text, name text, description text, category text, api_url text, ui_url text,
    status shell.app_status)
  ON CONFLICT ON CONSTRAINT apps_slug_key DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- Rows are {slug, organizations}; `*` among the organizations stands for all that exist.
CREATE OR REPLACE FUNCTION shell.seed_enablements(p_rows jsonb, OUT added bigint)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization record;
  v_added bigint;
BEGIN
  PERFORM shell.lock_changes();
  PERFORM set_config('shell.platform', 'on', true);
  added := 0;
  FOR v_organization IN
    SELECT o.id, array_agg(a.id) AS apps
    FROM jsonb_to_recordset(p_rows) AS r(slug text, organizations text[])
    JOIN shell.apps a ON a.slug = r.slug
    JOIN shell.organizations o ON o.slug = ANY (r.organizations) OR '*' = ANY (r.organizations)
    GROUP BY o.id
  LOOP
    PERFORM set_config('shell.organization_id', v_organization.id::text, true);
    INSERT INTO shell.app_organizations (organization_id, app_id)
    SELECT v_organization.id, unnest(v_organization.apps)
    ON CONFLICT ON CONSTRAINT app_organizations_pkey DO NOTHING;
    GET DIAGNOSTICS v_added = ROW_COUNT;
    added := added + v_added;
  END LOOP;
  IF added > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;
