-- The functions of the `seed` job. Each takes a batch of rows as JSON, adds what is missing and, if p_update says so,
-- changes what differs.
--
-- Nested loops are off where a batch is joined with tables that an earlier run may just have filled: until
-- PostgreSQL has statistics of such a table, it assumes that it is empty, and would scan all of it for each row.

-- The providers and organizations that the rows of a file may refer to, and the domains that organizations have.
CREATE OR REPLACE FUNCTION shell.seed_references(
  OUT providers text[],
  OUT organizations text[], OUT organization_providers text[],
  OUT domains text[], OUT domain_owners text[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM shell.enter_job();
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

-- The errors in rows of organizations.csv, [{line, slug, identity_provider, external_id}], as
-- [{line, fault, holder}]. `provider_in_use`: the organization has persons of the provider `holder`;
-- `external_id_taken`: it is the provider's identifier of the organization `holder`.
CREATE OR REPLACE FUNCTION shell.seed_organization_faults(p_rows jsonb, p_update boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
BEGIN
  PERFORM shell.enter_job();
  RETURN (
    WITH asked AS (
      SELECT r.line, r.slug, r.identity_provider, r.external_id
      FROM jsonb_to_recordset(p_rows) AS r(line bigint, slug text, identity_provider text, external_id text)
    ), moved AS MATERIALIZED (
      SELECT a.line, o.id, o.identity_provider
      FROM asked a JOIN shell.organizations o ON o.slug = a.slug
      WHERE p_update AND o.identity_provider <> a.identity_provider
    )
    SELECT coalesce(jsonb_agg(jsonb_build_object('line', f.line, 'fault', f.fault, 'holder', f.holder)), '[]')
    FROM (
      SELECT m.line, 'provider_in_use' AS fault, m.identity_provider AS holder
      FROM moved m WHERE shell.has_persons(m.id)
      UNION ALL
      SELECT a.line, 'external_id_taken', o.slug
      FROM asked a JOIN shell.organizations o
        ON o.identity_provider = a.identity_provider AND o.external_id = a.external_id AND o.slug <> a.slug
    ) f);
END
$$;

-- Each row is compared before anything is locked, so that a file that changes nothing delays no other writer.
CREATE OR REPLACE FUNCTION shell.seed_organizations(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row jsonb;
  v_domains text[];
  v_old shell.organizations;
  v_new shell.organizations;
  v_version bigint;
BEGIN
  PERFORM shell.enter_job();
  added := 0;
  changed := 0;
  FOR v_row IN SELECT r.value FROM jsonb_array_elements(p_rows) r
  LOOP
    v_domains := shell.domains_in(v_row);
    LOOP
      SELECT * INTO v_old FROM shell.organizations o WHERE o.slug = v_row ->> 'slug';
      EXIT WHEN v_old.id IS NOT NULL AND NOT p_update;
      v_new := shell.organization_with(v_old, v_row - 'id');
      EXIT WHEN v_new IS NOT DISTINCT FROM v_old AND v_domains = shell.domains_of(v_old.id);
      -- Another writer may have changed the row before the lock was acquired: it is compared again under the lock.
      IF v_version IS NULL THEN
        v_version := shell.lock_changes() + 1;
        CONTINUE;
      END IF;
      -- The check of the file found no persons.
      IF v_new.identity_provider_id <> v_old.identity_provider_id AND shell.has_persons(v_old.id) THEN
        RAISE EXCEPTION 'organization "%" has members or role assignments since the file was checked', v_old.slug;
      END IF;
      v_new.id := coalesce(v_old.id, (v_row ->> 'id')::uuid);
      v_new.version := v_version;
      PERFORM shell.write_organization(v_new, v_domains);
      IF v_old.id IS NULL THEN
        added := added + 1;
      ELSE
        changed := changed + 1;
      END IF;
      EXIT;
    END LOOP;
  END LOOP;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- As for organizations.
CREATE OR REPLACE FUNCTION shell.seed_apps(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row jsonb;
  v_old shell.apps;
  v_new shell.apps;
  v_version bigint;
BEGIN
  PERFORM shell.enter_job();
  added := 0;
  changed := 0;
  FOR v_row IN SELECT r.value FROM jsonb_array_elements(p_rows) r
  LOOP
    LOOP
      SELECT * INTO v_old FROM shell.apps a WHERE a.slug = v_row ->> 'slug';
      EXIT WHEN v_old.id IS NOT NULL AND NOT p_update;
      v_new := jsonb_populate_record(v_old, v_row - 'id');
      EXIT WHEN v_new IS NOT DISTINCT FROM v_old;
      IF v_version IS NULL THEN
        v_version := shell.lock_changes() + 1;
        CONTINUE;
      END IF;
      v_new.id := coalesce(v_old.id, (v_row ->> 'id')::uuid);
      v_new.metadata := coalesce(v_new.metadata, '{}');
      v_new.version := v_version;
      PERFORM shell.write_app(v_new);
      IF v_old.id IS NULL THEN
        added := added + 1;
      ELSE
        changed := changed + 1;
      END IF;
      EXIT;
    END LOOP;
  END LOOP;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- The missing ones of the enablements that rows ask for. Rows are {slug, organizations}; `*` among the organizations
-- means all that exist.
CREATE OR REPLACE FUNCTION shell.missing_enablements(p_rows jsonb)
RETURNS TABLE (organization_id uuid, app_id uuid)
LANGUAGE sql VOLATILE SECURITY INVOKER
BEGIN ATOMIC
  SELECT o.id, a.id
  FROM jsonb_to_recordset(p_rows) AS r(slug text, organizations text[])
  JOIN shell.apps a ON a.slug = r.slug
  JOIN shell.organizations o ON o.slug = ANY (r.organizations) OR '*' = ANY (r.organizations)
  WHERE NOT EXISTS (
    SELECT FROM shell.app_organizations ao WHERE ao.organization_id = o.id AND ao.app_id = a.id);
END;

CREATE OR REPLACE FUNCTION shell.seed_enablements(p_rows jsonb, OUT added bigint)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
BEGIN
  PERFORM shell.enter_job();
  added := 0;
  IF EXISTS (SELECT FROM shell.missing_enablements(p_rows)) THEN
    PERFORM shell.lock_changes();
    INSERT INTO shell.app_organizations (organization_id, app_id)
    SELECT DISTINCT m.organization_id, m.app_id FROM shell.missing_enablements(p_rows) m;
    GET DIAGNOSTICS added = ROW_COUNT;
  END IF;
  IF added > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- The users in rows of users.csv, by external_id, that seeding leaves as they are in an organization: persons that
-- their provider has deleted or that were erased here; and those that are not members of the organization since they
-- were removed from it here, or by the latest fact that the provider reported.
CREATE OR REPLACE FUNCTION shell.seed_left_alone(p_organization uuid, p_provider uuid, p_users jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_called text := (SELECT o.external_id FROM shell.organizations o WHERE o.id = p_organization);
BEGIN
  RETURN (
    SELECT coalesce(array_agg(r.external_id), '{}')
    FROM jsonb_to_recordset(p_users) AS r(external_id text)
    LEFT JOIN shell.users u ON u.identity_provider_id = p_provider AND u.external_id = r.external_id
    WHERE u.deleted_at IS NOT NULL OR u.erased_at IS NOT NULL
      OR NOT EXISTS (SELECT FROM shell.memberships m WHERE m.organization_id = p_organization AND m.user_id = u.id)
        AND (EXISTS (SELECT FROM shell.removed_memberships d
            WHERE d.organization_id = p_organization AND d.subject = r.external_id)
          OR (SELECT NOT f.is_member FROM shell.membership_facts f
            WHERE f.identity_provider_id = p_provider AND f.user_external_id = r.external_id
              AND f.organization_external_id = v_called
            ORDER BY f.stamp DESC LIMIT 1)));
END
$$;

-- Groups are {organization, users}, so that one pass over the batch handles each tenant in turn.
-- Rows are counted by their memberships, since a person may be known from another organization already. `passed_over`
-- counts the rows of users that are left as they are. What the provider reported about a person is not changed: each
-- field in `users.told`, and the display name that is made of these fields.
CREATE OR REPLACE FUNCTION shell.seed_users(
  p_groups jsonb, p_update boolean, OUT added bigint, OUT changed bigint, OUT passed_over bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_group record;
  v_users jsonb;
  v_left text[];
  v_changed uuid[];
  v_count bigint;
BEGIN
  PERFORM shell.enter_job();
  added := 0;
  changed := 0;
  passed_over := 0;
  FOR v_group IN
    SELECT o.id, o.identity_provider_id, g.users
    FROM jsonb_to_recordset(p_groups) AS g(organization text, users jsonb)
    JOIN shell.organizations o ON o.slug = g.organization
    -- The lock keeps the organization's provider until its new members are visible.
    FOR KEY SHARE OF o
  LOOP
    PERFORM shell.enter_job(v_group.id, v_group.identity_provider_id);

    v_users := v_group.users;
    v_left := shell.seed_left_alone(v_group.id, v_group.identity_provider_id, v_users);
    IF v_left <> '{}' THEN
      passed_over := passed_over + cardinality(v_left);
      v_users := (
        SELECT coalesce(jsonb_agg(r.value), '[]') FROM jsonb_array_elements(v_users) r
        WHERE r.value ->> 'external_id' <> ALL (v_left));
    END IF;

    v_changed := '{}';
    IF p_update THEN
      WITH differing AS (
        UPDATE shell.users u
        SET username = n.username, email = n.email, display_name = n.display_name, updated_at = now()
        FROM jsonb_to_recordset(v_users) AS r(
          external_id text, username text, email text, display_name text)
        JOIN shell.users o ON o.identity_provider_id = v_group.identity_provider_id
          AND o.external_id = r.external_id
        CROSS JOIN LATERAL (SELECT
          CASE WHEN o.told ? 'username' THEN o.username ELSE r.username END AS username,
          CASE WHEN o.told ? 'email' THEN o.email ELSE r.email END AS email,
          CASE WHEN o.origin <> 'seed' OR o.told ?| ARRAY['first_name', 'last_name'] THEN o.display_name
            ELSE r.display_name END AS display_name) n
        WHERE u.id = o.id
          AND (u.username, u.email, u.display_name) IS DISTINCT FROM (n.username, n.email, n.display_name)
        RETURNING u.id
      )
      SELECT coalesce(array_agg(id), '{}') INTO v_changed FROM differing;
    END IF;

    INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name)
    SELECT r.id, v_group.identity_provider_id, r.external_id, r.username, r.email, r.display_name
    FROM jsonb_to_recordset(v_users) AS r(
      id uuid, external_id text, username text, email text, display_name text)
    ON CONFLICT ON CONSTRAINT users_person_key DO NOTHING;

    IF p_update THEN
      WITH differing AS (
        UPDATE shell.memberships m
        SET attributes = r.attributes, updated_at = now()
        FROM jsonb_to_recordset(v_users) AS r(external_id text, attributes jsonb)
        JOIN shell.users u ON u.identity_provider_id = v_group.identity_provider_id
          AND u.external_id = r.external_id
        WHERE m.organization_id = v_group.id AND m.user_id = u.id
          -- As text: the jsonb values 1.5 and 1.50 are equal, but not identical.
          AND m.attributes::text IS DISTINCT FROM r.attributes::text
        RETURNING m.user_id
      )
      SELECT count(DISTINCT id) INTO v_count
      FROM (SELECT user_id AS id FROM differing UNION ALL SELECT unnest(v_changed)) AS either;
      changed := changed + v_count;
    END IF;

    INSERT INTO shell.memberships (organization_id, user_id, attributes)
    SELECT v_group.id, u.id, r.attributes
    FROM jsonb_to_recordset(v_users) AS r(external_id text, attributes jsonb)
    JOIN shell.users u ON u.identity_provider_id = v_group.identity_provider_id
      AND u.external_id = r.external_id
    -- If a user is being deleted meanwhile, the lock waits for that, and the user is checked again.
    WHERE u.deleted_at IS NULL AND u.erased_at IS NULL
    FOR SHARE OF u
    ON CONFLICT ON CONSTRAINT memberships_pkey DO NOTHING;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    added := added + v_count;
  END LOOP;
END
$$;

-- The rows of users.csv that would give an organization a second member with the same username.
--
-- Groups are {organization, identity_provider, users: [{line, external_id, username}]}. A row is ignored if its
-- person is a member already and gets no other username by this run, or if the person is passed over.
-- Returns [{line, organization, identity_provider, username, holder}]; `holder` is the external_id
-- of the member that has the username now. Whether the run gives that member another username is known to the caller.
CREATE OR REPLACE FUNCTION shell.seed_taken_usernames(p_groups jsonb, p_update boolean)
RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
  v_group record;
  v_left text[];
  v_taken jsonb;
  v_all jsonb := '[]';
BEGIN
  PERFORM shell.enter_job();
  FOR v_group IN
    SELECT o.id, o.slug, p.id AS provider_id, p.slug AS provider, g.users
    FROM jsonb_to_recordset(p_groups) AS g(organization text, identity_provider text, users jsonb)
    JOIN shell.organizations o ON o.slug = g.organization
    JOIN shell.identity_providers p ON p.slug = g.identity_provider
  LOOP
    PERFORM shell.enter_job(v_group.id, v_group.provider_id);
    v_left := shell.seed_left_alone(v_group.id, v_group.provider_id, v_group.users);
    WITH entering AS (
      SELECT r.line, r.external_id,
        -- Without an update, a known person keeps its username; a reported one is kept in any case.
        CASE WHEN u.id IS NULL OR (p_update AND NOT u.told ? 'username') THEN r.username
          ELSE u.username END AS username
      FROM jsonb_to_recordset(v_group.users) AS r(line bigint, external_id text, username text)
      LEFT JOIN shell.users u ON u.identity_provider_id = v_group.provider_id
        AND u.external_id = r.external_id
      LEFT JOIN shell.memberships m ON m.organization_id = v_group.id AND m.user_id = u.id
      WHERE (m.user_id IS NULL OR (p_update AND u.username <> r.username))
        AND r.external_id <> ALL (v_left)
    )
    SELECT jsonb_agg(jsonb_build_object(
        'line', e.line, 'organization', v_group.slug, 'identity_provider', v_group.provider,
        'username', e.username, 'holder', h.external_id)) INTO v_taken
    FROM entering e
    JOIN shell.users h ON h.identity_provider_id = v_group.provider_id
      AND h.username = e.username AND h.external_id <> e.external_id
    JOIN shell.memberships m ON m.organization_id = v_group.id AND m.user_id = h.id;
    v_all := v_all || coalesce(v_taken, '[]');
  END LOOP;
  RETURN v_all;
END
$$;
