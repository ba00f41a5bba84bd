-- The functions of the `seed` job for roles, permissions, assignments and resources. As in seeding.sql, differences
-- are looked for before anything is locked, and once more under the lock. Groups are {organization, <rows>}; an empty
-- organization stands for global rows.

-- The entrance of functions below: that of jobs, which also opens the policies for roles.
CREATE OR REPLACE FUNCTION shell.enter_seeding(
  p_organization uuid DEFAULT NULL, p_identity_provider uuid DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM shell.enter_job(p_organization, p_identity_provider);
  PERFORM set_config('shell.seeding', 'on', true);
END
$$;

-- The roles that rows of roles.csv are checked against. p_rows is {organizations, global}: the organizations whose
-- roles the rows are, and the slugs of the global ones among them. Returns [{organization, role, inherits}] of all
-- roles of these organizations and all global ones; and, if there are global rows, of those roles of every
-- organization that inherit anything or have one of these slugs.
CREATE OR REPLACE FUNCTION shell.seed_known_roles(p_rows jsonb, p_update boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_organizations text[] := ARRAY(SELECT jsonb_array_elements_text(p_rows -> 'organizations'));
  v_global text[] := ARRAY(SELECT jsonb_array_elements_text(p_rows -> 'global'));
BEGIN
  PERFORM shell.enter_seeding();
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'organization', CASE WHEN r.is_global THEN '' ELSE o.slug::text END,
      'role', r.slug, 'inherits', r.inherits)), '[]')
    FROM shell.roles r JOIN shell.organizations o ON o.id = r.organization_id
    WHERE r.is_global OR o.slug = ANY (v_organizations)
      OR (v_global <> '{}' AND (r.inherits <> '{}' OR r.slug = ANY (v_global))));
END
$$;

-- The named roles that do not exist. Rows are {organization, role, or_global}; if or_global is true, a global role
-- is valid, too, not only the organization's own one.
CREATE OR REPLACE FUNCTION shell.seed_unknown_roles(p_rows jsonb, p_update boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM shell.enter_seeding();
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_object('organization', n.organization, 'role', n.role)), '[]')
    FROM jsonb_to_recordset(p_rows) AS n(organization text, role text, or_global boolean)
    LEFT JOIN shell.organizations o ON o.slug = n.organization
    WHERE NOT EXISTS (
        SELECT FROM shell.roles r WHERE r.organization_id = o.id AND r.slug = n.role AND NOT r.is_global)
      AND NOT ((n.or_global OR n.organization = '') AND EXISTS (
        SELECT FROM shell.roles r WHERE r.slug = n.role AND r.is_global)));
END
$$;

-- The roles that are missing or, with p_update, differ.
CREATE OR REPLACE FUNCTION shell.roles_to_seed(p_groups jsonb, p_update boolean)
RETURNS TABLE (organization_id uuid, id uuid, slug text, name text, description text, is_global boolean,
  inherits text[], groups text[])
LANGUAGE sql VOLATILE SECURITY INVOKER
BEGIN ATOMIC
  SELECT o.id, r.id, r.role, r.name, r.description, g.organization = '', w.inherits, w.groups
  FROM jsonb_to_recordset(p_groups) AS g(organization text, roles jsonb)
  JOIN shell.organizations o ON o.slug = coalesce(nullif(g.organization, ''), 'platform')
  CROSS JOIN LATERAL jsonb_to_recordset(g.roles) AS r(
    id uuid, role text, name text, description text, inherits text[], groups text[])
  CROSS JOIN LATERAL (SELECT
    ARRAY(SELECT DISTINCT e.slug COLLATE "C" FROM unnest(r.inherits) e(slug) ORDER BY 1) AS inherits,
    ARRAY(SELECT DISTINCT e.name COLLATE "C" FROM unnest(r.groups) e(name) ORDER BY 1) AS groups) w
  LEFT JOIN shell.roles k ON k.organization_id = o.id AND k.slug = r.role
  WHERE k.id IS NULL OR (p_update AND (k.name, k.description, k.inherits, k.groups)
    IS DISTINCT FROM (r.name, r.description, w.inherits, w.groups));
END;

CREATE OR REPLACE FUNCTION shell.seed_roles(
  p_groups jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_version bigint;
BEGIN
  PERFORM shell.enter_seeding();
  added := 0;
  changed := 0;
  IF NOT EXISTS (SELECT FROM shell.roles_to_seed(p_groups, p_update)) THEN
    RETURN;
  END IF;
  v_version := shell.lock_changes() + 1;
  WITH written AS (
    INSERT INTO shell.roles AS r (organization_id, id, slug, name, description, is_global, inherits,
      groups, version)
    SELECT d.organization_id, d.id, d.slug, d.name, d.description, d.is_global, d.inherits, d.groups,
      v_version
    FROM shell.roles_to_seed(p_groups, p_update) d
    ON CONFLICT ON CONSTRAINT roles_pkey DO UPDATE
    SET name = excluded.name, description = excluded.description, inherits = excluded.inherits,
        groups = excluded.groups, version = excluded.version, updated_at = now()
    RETURNING r.xmax = 0 AS is_new
  )
  SELECT count(*) FILTER (WHERE w.is_new), count(*) FILTER (WHERE NOT w.is_new) INTO added, changed
  FROM written w;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- As for roles. A line that is stored already with its effect and condition is not missing, whatever other lines are
-- stored about the same role, resource and action; missing ones are numbered after these. With p_update, the rows of
-- a file about the same role, resource and action replace the stored lines in their order.
CREATE OR REPLACE FUNCTION shell.permissions_to_seed(p_groups jsonb, p_update boolean)
RETURNS TABLE (organization_id uuid, role text, is_global boolean, resource_type text, resource_id text,
  action text, number integer, effect shell.effect, condition text)
LANGUAGE sql VOLATILE SECURITY INVOKER
BEGIN ATOMIC
  SELECT o.id, r.role, g.organization = '', r.resource_type, r.resource_id, r.action,
    CASE WHEN p_update THEN r.number ELSE coalesce(s.last, 0) + row_number() OVER (
      PARTITION BY o.id, r.role, r.resource_type, r.resource_id, r.action ORDER BY r.number) END::integer,
    r.effect, nullif(r.condition, '')
  FROM jsonb_to_recordset(p_groups) AS g(organization text, permissions jsonb)
  JOIN shell.organizations o ON o.slug = coalesce(nullif(g.organization, ''), 'platform')
  CROSS JOIN LATERAL jsonb_to_recordset(g.permissions) AS r(role text, resource_type text,
    resource_id text, action text, number integer, effect shell.effect, condition text)
  CROSS JOIN LATERAL (
    SELECT max(k.number) AS last,
      coalesce(bool_or((k.effect, k.condition) IS NOT DISTINCT FROM (r.effect, nullif(r.condition, ''))),
        false) AS stands,
      coalesce(bool_or(k.number = r.number AND (k.effect, k.condition) IS NOT DISTINCT FROM
        (r.effect, nullif(r.condition, ''))), false) AS stands_in_its_place
    FROM shell.permissions k
    WHERE (k.organization_id, k.role, k.resource_type, k.resource_id, k.action)
      = (o.id, r.role, r.resource_type, r.resource_id, r.action)
  ) s
  WHERE NOT CASE WHEN p_update THEN s.stands_in_its_place ELSE s.stands END;
END;

-- A role's lines are part of the role: a change of them gives it a new version.
CREATE OR REPLACE FUNCTION shell.seed_permissions(
  p_groups jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_version bigint;
BEGIN
  PERFORM shell.enter_seeding();
  added := 0;
  changed := 0;
  IF NOT EXISTS (SELECT FROM shell.permissions_to_seed(p_groups, p_update)) THEN
    RETURN;
  END IF;
  v_version := shell.lock_changes() + 1;
  WITH written AS (
    INSERT INTO shell.permissions AS p (organization_id, role, is_global, resource_type, resource_id,
      action, number, effect, condition)
    SELECT d.* FROM shell.permissions_to_seed(p_groups, p_update) d
    ON CONFLICT ON CONSTRAINT permissions_pkey DO UPDATE
    SET effect = excluded.effect, condition = excluded.condition
    RETURNING p.organization_id, p.role, p.xmax = 0 AS is_new
  ), raised AS (
    UPDATE shell.roles r SET version = v_version, updated_at = now()
    FROM (SELECT DISTINCT w.organization_id, w.role FROM written w) w
    WHERE r.organization_id = w.organization_id AND r.slug = w.role
  )
  SELECT count(*) FILTER (WHERE w.is_new), count(*) FILTER (WHERE NOT w.is_new) INTO added, changed
  FROM written w;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- As for roles, of the organization that was entered. If no member has the username, it is taken as an external_id;
-- if two rows thereby name the same person, the first one counts.
CREATE OR REPLACE FUNCTION shell.assignments_to_seed(
  p_organization uuid, p_identity_provider uuid, p_assignments jsonb, p_update boolean
)
RETURNS TABLE (organization_id uuid, subject text, role text, role_organization_id uuid,
  valid_until timestamptz)
LANGUAGE sql VOLATILE SECURITY INVOKER
BEGIN ATOMIC
  SELECT p_organization, n.subject, n.role, n.role_organization_id, n.valid_until
  FROM (
    SELECT DISTINCT ON (s.subject, r.role) s.subject, r.role, t.organization_id AS role_organization_id,
      r.valid_until
    FROM jsonb_to_recordset(p_assignments) AS r(
      id uuid, username text, role text, valid_until timestamptz)
    CROSS JOIN LATERAL (SELECT coalesce((
      SELECT u.external_id FROM shell.users u
      JOIN shell.memberships m ON m.organization_id = p_organization AND m.user_id = u.id
      WHERE u.identity_provider_id = p_identity_provider AND u.username = r.username
      LIMIT 1), r.username) COLLATE "C" AS subject) s
    JOIN shell.roles t ON t.slug = r.role
      AND ((t.organization_id = p_organization AND NOT t.is_global) OR t.is_global)
    ORDER BY s.subject, r.role, r.id
  ) n
  LEFT JOIN shell.role_assignments k
    ON k.organization_id = p_organization AND k.subject = n.subject AND k.role = n.role
  WHERE k.role IS NULL OR (p_update AND k.valid_until IS DISTINCT FROM n.valid_until);
END;

-- The organizations that would have no administrators any more after a run has changed these groups of assignments.
-- If one would lose any, changes are locked from here to the end of the run, so that two runs cannot remove one each.
CREATE OR REPLACE FUNCTION shell.seed_last_administrators(p_groups jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_group record;
  v_left text[] := '{}';
BEGIN
  PERFORM shell.enter_seeding();
  FOR v_group IN
    SELECT o.id, o.slug, o.identity_provider_id, g.assignments
    FROM jsonb_to_recordset(p_groups) AS g(organization text, assignments jsonb)
    JOIN shell.organizations o ON o.slug = g.organization
  LOOP
    PERFORM shell.enter_seeding(v_group.id, v_group.identity_provider_id);
    CONTINUE WHEN NOT EXISTS (
      SELECT FROM shell.assignments_to_seed(
        v_group.id, v_group.identity_provider_id, v_group.assignments, true) d
      JOIN shell.administrators_roles(v_group.id) r
        ON r.organization_id = d.role_organization_id AND r.slug = d.role
      JOIN shell.role_assignments k
        ON k.organization_id = v_group.id AND k.subject = d.subject AND k.role = d.role
      WHERE d.valid_until IS NOT NULL AND k.valid_until IS NULL
        AND shell.may_hold_roles(v_group.id, v_group.identity_provider_id, k.subject));
    PERFORM shell.lock_changes();
    WITH seeded AS (
      SELECT d.subject, d.role, d.role_organization_id, d.valid_until
      FROM shell.assignments_to_seed(v_group.id, v_group.identity_provider_id, v_group.assignments, true) d
    ), afterwards AS (
      SELECT d.subject, d.role, d.role_organization_id FROM seeded d WHERE d.valid_until IS NULL
      UNION ALL
      SELECT a.subject, a.role, a.role_organization_id FROM shell.role_assignments a
      WHERE a.organization_id = v_group.id AND a.valid_until IS NULL
        AND NOT EXISTS (SELECT FROM seeded d WHERE d.subject = a.subject AND d.role = a.role)
    )
    SELECT CASE WHEN count(*) = 0 AND NOT EXISTS (
        SELECT FROM shell.administrators_by_groups(v_group.id, v_group.identity_provider_id))
      THEN v_left || v_group.slug::text ELSE v_left END INTO v_left
    FROM afterwards a
    JOIN shell.administrators_roles(v_group.id) r
      ON r.organization_id = a.role_organization_id AND r.slug = a.role
    WHERE shell.may_hold_roles(v_group.id, v_group.identity_provider_id, a.subject);
  END LOOP;
  RETURN to_jsonb(v_left);
END
$$;

-- The errors in rows of role_assignments.csv, which are given as {names, assignments}: roles that do not exist, and
-- organizations that would lose their last administrators. Without p_update, none loses any.
CREATE OR REPLACE FUNCTION shell.seed_assignment_faults(p_rows jsonb, p_update boolean) RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN jsonb_build_object(
  'unknown', shell.seed_unknown_roles(p_rows -> 'names', p_update),
  'without_administrators',
    CASE WHEN p_update THEN shell.seed_last_administrators(p_rows -> 'assignments') ELSE '[]' END);

CREATE OR REPLACE FUNCTION shell.seed_role_assignments(
  p_groups jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
  v_group record;
  v_written record;
  v_version bigint;
BEGIN
  PERFORM shell.enter_seeding();
  added := 0;
  changed := 0;
  FOR v_group IN
    SELECT o.id, o.identity_provider_id, g.assignments
    FROM jsonb_to_recordset(p_groups) AS g(organization text, assignments jsonb)
    JOIN shell.organizations o ON o.slug = g.organization
  LOOP
    PERFORM shell.enter_seeding(v_group.id, v_group.identity_provider_id);
    CONTINUE WHEN NOT EXISTS (SELECT FROM shell.assignments_to_seed(
      v_group.id, v_group.identity_provider_id, v_group.assignments, p_update));
    v_version := coalesce(v_version, shell.lock_changes() + 1);
    WITH written AS (
      INSERT INTO shell.role_assignments AS a (organization_id, subject, role, role_organization_id,
        valid_until, version)
      SELECT d.*, v_version FROM shell.assignments_to_seed(
        v_group.id, v_group.identity_provider_id, v_group.assignments, p_update) d
      ON CONFLICT ON CONSTRAINT role_assignments_pkey DO UPDATE
      SET valid_until = excluded.valid_until, version = excluded.version, updated_at = now()
      RETURNING a.xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE w.is_new) AS added, count(*) FILTER (WHERE NOT w.is_new) AS changed
      INTO v_written
    FROM written w;
    added := added + v_written.added;
    changed := changed + v_written.changed;
  END LOOP;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- As for roles, of the organization that was entered.
CREATE OR REPLACE FUNCTION shell.resources_to_seed(
  p_organization uuid, p_resources jsonb, p_update boolean
)
RETURNS TABLE (organization_id uuid, type text, id text, properties jsonb)
LANGUAGE sql VOLATILE SECURITY INVOKER
BEGIN ATOMIC
  SELECT p_organization, r.type, r.id, r.properties
  FROM jsonb_to_recordset(p_resources) AS r(type text, id text, properties jsonb)
  LEFT JOIN shell.resources k ON k.organization_id = p_organization AND k.type = r.type AND k.id = r.id
  WHERE k.id IS NULL OR (p_update AND k.properties::text IS DISTINCT FROM r.properties::text);
END;

CREATE OR REPLACE FUNCTION shell.seed_resources(
  p_groups jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
  v_group record;
  v_written record;
  v_version bigint;
BEGIN
  PERFORM shell.enter_job();
  added := 0;
  changed := 0;
  FOR v_group IN
    SELECT o.id, g.resources
    FROM jsonb_to_recordset(p_groups) AS g(organization text, resources jsonb)
    JOIN shell.organizations o ON o.slug = g.organization
  LOOP
    PERFORM shell.enter_job(v_group.id);
    CONTINUE WHEN NOT EXISTS (
      SELECT FROM shell.resources_to_seed(v_group.id, v_group.resources, p_update));
    v_version := coalesce(v_version, shell.lock_changes() + 1);
    WITH written AS (
      INSERT INTO shell.resources AS r (organization_id, type, id, properties, version)
      SELECT d.*, v_version FROM shell.resources_to_seed(v_group.id, v_group.resources, p_update) d
      ON CONFLICT ON CONSTRAINT resources_pkey DO UPDATE
      SET properties = excluded.properties, version = excluded.version, updated_at = now()
      RETURNING r.xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE w.is_new) AS added, count(*) FILTER (WHERE NOT w.is_new) AS changed
      INTO v_written
    FROM written w;
    added := added + v_written.added;
    changed := changed + v_written.changed;
  END LOOP;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;
