-- What the `seed` job calls. Each function takes a batch of rows as JSON, adds what is missing
-- and, where p_update says so, changes what differs. Only the owner may execute them.

-- What the rows of a file may refer to, and what they must not take from another.
CREATE OR REPLACE FUNCTION shell.seed_references(
  OUT providers text[],
  OUT organizations text[], OUT organization_providers text[],
  OUT domains text[], OUT domain_owners text[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  PERFORM set_config('shell.platform', 'on', true);
  SELECT coalesce(array_agg(p.slug::text ORDER BY p.slug), '{}') INTO providers
  FROM shell.identity_providers p;
  SELECT coalesce(array_agg(o.slug::text ORDER BY o.slug), '{}'),
         coalesce(array_agg(p.slug::text ORDER BY o.slug), '{}')
    INTO organizations, organization_providers
  FROM shell.organizations o JOIN shell.identity_providers p ON p.id = o.identity_provider_id;
  SELECT coalesce(array_agg(d.domain ORDER BY d.domain), '{}'),
         coalesce(array_agg(o.slug::text ORDER BY d.domain), '{}') INTO domains, domain_owners
  FROM shell.organization_domains d JOIN shell.organizations o ON o.id = d.organization_id;
END
$$;

CREATE OR REPLACE FUNCTION shell.seed_organizations(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
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
        identity_provider_id = d.provider_id, updated_at = now()
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
    INSERT INTO shell.organizations (id, slug, name, plan, billing_email, identity_provider_id)
    SELECT id, slug, name, plan, billing_email, provider_id FROM incoming
    ON CONFLICT ON CONSTRAINT organizations_slug_key DO NOTHING
    RETURNING id
  ), domain_added AS (
    INSERT INTO shell.organization_domains (domain, organization_id)
    SELECT unnest(i.domains), i.id FROM incoming i JOIN new USING (id)
  )
  SELECT count(*) INTO added FROM new;
END
$$;

CREATE OR REPLACE FUNCTION shell.seed_apps(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  changed := 0;
  IF p_update THEN
    UPDATE shell.apps a
    SET name = r.name, description = r.description, category = r.category, api_url = r.api_url,
        ui_url = r.ui_url, status = r.status, updated_at = now()
    FROM jsonb_to_recordset(p_rows) AS r(
      slug text, name text, description text, category text, api_url text, ui_url text,
      status shell.app_status)
    WHERE a.slug = r.slug
      AND (a.name, a.description, a.category, a.api_url, a.ui_url, a.status)
        IS DISTINCT FROM (r.name, r.description, r.category, r.api_url, r.ui_url, r.status);
    GET DIAGNOSTICS changed = ROW_COUNT;
  END IF;

  INSERT INTO shell.apps (id, slug, name, description, category, api_url, ui_url, status)
  SELECT r.id, r.slug, r.name, r.description, r.category, r.api_url, r.ui_url, r.status
  FROM jsonb_to_recordset(p_rows) AS r(
    id uuid, slug text, name text, description text, category text, api_url text, ui_url text,
    status shell.app_status)
  ON CONFLICT ON CONSTRAINT apps_slug_key DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
END
$$;

-- Rows are {slug, organizations}; `*` among the organizations stands for all that exist.
CREATE OR REPLACE FUNCTION shell.seed_enablements(p_rows jsonb, OUT added bigint)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization record;
  v_added bigint;
BEGIN
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
END
$$;

-- Groups are {organization, users}, so that one pass over the batch serves each tenant in turn.
-- A membership counts as the row: a person may be known from another organization already.
CREATE OR REPLACE FUNCTION shell.seed_users(
  p_groups jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_group record;
  v_changed uuid[];
  v_count bigint;
BEGIN
  PERFORM set_config('shell.platform', 'on', true);
  added := 0;
  changed := 0;
  FOR v_group IN
    SELECT o.id, o.identity_provider_id, g.users
    FROM jsonb_to_recordset(p_groups) AS g(organization text, users jsonb)
    JOIN shell.organizations o ON o.slug = g.organization
  LOOP
    PERFORM set_config('shell.organization_id', v_group.id::text, true);
    PERFORM set_config('shell.identity_provider_id', v_group.identity_provider_id::text, true);

    v_changed := '{}';
    IF p_update THEN
      WITH differing AS (
        UPDATE shell.users u
        SET username = r.username, email = r.email, display_name = r.display_name, updated_at = now()
        FROM jsonb_to_recordset(v_group.users) AS r(
          external_id text, username text, email text, display_name text)
        WHERE u.identity_provider_id = v_group.identity_provider_id
          AND u.external_id = r.external_id
          AND (u.username, u.email, u.display_name)
            IS DISTINCT FROM (r.username, r.email, r.display_name)
        RETURNING u.id
      )
      SELECT coalesce(array_agg(id), '{}') INTO v_changed FROM differing;
    END IF;

    INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name)
    SELECT r.id, v_group.identity_provider_id, r.external_id, r.username, r.email, r.display_name
    FROM jsonb_to_recordset(v_group.users) AS r(
      id uuid, external_id text, username text, email text, display_name text)
    ON CONFLICT ON CONSTRAINT users_person_key DO NOTHING;

    IF p_update THEN
      WITH differing AS (
        UPDATE shell.memberships m
        SET attributes = r.attributes, updated_at = now()
        FROM jsonb_to_recordset(v_group.users) AS r(external_id text, attributes jsonb)
        JOIN shell.users u ON u.identity_provider_id = v_group.identity_provider_id
          AND u.external_id = r.external_id
        WHERE m.organization_id = v_group.id AND m.user_id = u.id
          AND m.attributes IS DISTINCT FROM r.attributes
        RETURNING m.user_id
      )
      SELECT count(DISTINCT id) INTO v_count
      FROM (SELECT user_id AS id FROM differing UNION ALL SELECT unnest(v_changed)) AS either;
      changed := changed + v_count;
    END IF;

    INSERT INTO shell.memberships (organization_id, user_id, attributes)
    SELECT v_group.id, u.id, r.attributes
    FROM jsonb_to_recordset(v_group.users) AS r(external_id text, attributes jsonb)
    JOIN shell.users u ON u.identity_provider_id = v_group.identity_provider_id
      AND u.external_id = r.external_id
    ON CONFLICT ON CONSTRAINT memberships_pkey DO NOTHING;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    added := added + v_count;
  END LOOP;
END
$$;

REVOKE ALL ON FUNCTION shell.seed_references, shell.seed_organizations, shell.seed_apps,
  shell.seed_enablements, shell.seed_users FROM PUBLIC;
