-- The queries of the `export-policy` job: an organization's policy as decisions use it, in the snapshot of the
-- transaction.

-- Enters an organization, given by its slug or id, for the rest of the transaction. Returns its slug, or null
-- if there is no such organization; whether anybody may hold roles in it; and the time.
CREATE OR REPLACE FUNCTION shell.enter_export(
  p_organization text, OUT organization text, OUT is_active boolean, OUT moment text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_found shell.organizations;
BEGIN
  PERFORM shell.enter_job();
  SELECT * INTO v_found FROM shell.organizations o
  WHERE o.slug::text = lower(p_organization) OR o.id::text = lower(p_organization);
  PERFORM shell.enter_job(v_found.id, v_found.identity_provider_id);
  organization := v_found.slug;
  is_active := v_found.status = 'active';
  moment := to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
END
$$;

-- The policy of the organization that was entered, row by row. `kind` says what the fields are:
--   line      role, type, id, action, effect; `remark` is the condition
--   inherits  role, inherited role
--   holds     subject, role; `remark` is the end, if there is one. Only roles that are held now, by an assignment or
--             by a group, by subjects that may hold roles, as in shell.policy_of.
--   end       how many assignments have ended, and how many others are of users that may hold no roles. It is the
--             last row, so that a client that fetches the rows in parts never gets an empty part.
CREATE OR REPLACE FUNCTION shell.exported_policy()
RETURNS TABLE (kind text, is_global boolean, fields text[], remark text)
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
  WITH entered AS (
    SELECT o.id, o.identity_provider_id, o.status = 'active' AS is_active
    FROM shell.organizations o WHERE o.id = shell.current_organization()
  ), assigned AS (
    SELECT a.subject, a.role::text, a.valid_until, r.is_global,
      coalesce(a.valid_until <= now(), false) AS has_ended, e.is_active AND s.may_hold_roles AS may_hold
    FROM entered e
    JOIN shell.role_assignments a ON a.organization_id = e.id
    JOIN shell.roles r ON r.organization_id = a.role_organization_id AND r.slug = a.role
    CROSS JOIN LATERAL shell.standing_in(e.id, e.identity_provider_id, a.subject) s
  ), held AS (
    SELECT a.subject, a.role, a.valid_until, a.is_global FROM assigned a WHERE a.may_hold AND NOT a.has_ended
    UNION ALL
    SELECT g.subject, g.role, NULL, g.is_global
    FROM entered e
    CROSS JOIN LATERAL shell.subjects_in_groups(e.id, e.identity_provider_id, NULL) g
    CROSS JOIN LATERAL shell.standing_in(e.id, e.identity_provider_id, g.subject) s
    WHERE e.is_active AND s.is_member AND s.may_hold_roles
  )
  SELECT x.kind, x.is_global, x.fields, x.remark FROM (
    SELECT CASE WHEN p.is_global THEN 2 ELSE 1 END, 'line', p.is_global,
      ARRAY[p.role::text, p.resource_type, p.resource_id, p.action, p.effect::text], p.condition
    FROM shell.permissions p JOIN entered e ON p.organization_id = e.id OR p.is_global
    UNION ALL
    SELECT 3, 'inherits', r.is_global, ARRAY[r.slug::text, i.role], NULL
    FROM shell.roles r JOIN entered e ON r.organization_id = e.id OR r.is_global
    CROSS JOIN LATERAL unnest(r.inherits) i(role)
    UNION ALL
    -- A role that is held in two ways is held until the later of their ends, or without an end if one has none.
    SELECT 4, 'holds', h.is_global, ARRAY[h.subject, h.role], to_char(
      CASE WHEN bool_and(h.valid_until IS NOT NULL) THEN max(h.valid_until) END AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    FROM held h GROUP BY h.subject, h.role, h.is_global
    UNION ALL
    SELECT 5, 'end', false, ARRAY[
      count(*) FILTER (WHERE a.has_ended)::text, count(*) FILTER (WHERE NOT a.has_ended AND NOT a.may_hold)::text], NULL
    FROM assigned a
  ) x(place, kind, is_global, fields, remark)
  ORDER BY x.place, x.fields COLLATE "C", x.remark COLLATE "C" NULLS FIRST
$$;
