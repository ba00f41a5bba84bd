-- Searching: the candidates of an organization, in parts of at most p_most; a search decides about one after the
-- other. `rest` is the place after which more may follow, to be passed as p_after; null at the end.

-- The resources of a type that the organization stores, or that one of its own lines or a global line names, as a JSON
-- array in the order of their ids. If p_with_properties is true, `properties` has the stored ones; once they are
-- p_bytes long, the part ends.
CREATE OR REPLACE FUNCTION shell.find_known_resources(
  p_caller jsonb, p_type text, p_with_properties boolean, p_after text, p_most integer, p_bytes integer,
  OUT refusal text, OUT known text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_after text COLLATE "C" := coalesce(p_after, '');
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  WITH stored AS (
    SELECT r.id, CASE WHEN p_with_properties THEN r.properties END AS properties FROM shell.resources r
    WHERE r.organization_id = v_organization AND r.type = p_type AND r.id > v_after
    ORDER BY r.id LIMIT p_most + 1
  ), named AS (
    SELECT l.id FROM (
      SELECT p.resource_id FROM shell.permissions p
      WHERE p.organization_id = v_organization AND NOT p.is_global
        AND p.resource_type = p_type AND p.resource_id <> '*' AND p.resource_id > v_after
      UNION
      SELECT p.resource_id FROM shell.permissions p
      WHERE p.is_global AND p.resource_type = p_type AND p.resource_id <> '*' AND p.resource_id > v_after
    ) l(id)
    ORDER BY l.id LIMIT p_most + 1
  ), merged AS (
    SELECT coalesce(s.id, n.id) AS id, s.properties, row_number() OVER w AS number,
      coalesce(sum(octet_length(s.properties::text)) OVER w, 0)
        - coalesce(octet_length(s.properties::text), 0) AS bytes_before
    FROM stored s FULL JOIN named n ON n.id = s.id
    WINDOW w AS (ORDER BY coalesce(s.id, n.id))
  ), taken AS (
    SELECT m.* FROM merged m WHERE m.number <= p_most AND m.bytes_before < p_bytes
  )
  SELECT coalesce(json_agg(json_build_object('id', t.id, 'properties', t.properties) ORDER BY t.number), '[]')::text,
    CASE WHEN count(*) < (SELECT count(*) FROM merged) THEN max(t.id) END
    INTO known, rest
  FROM taken t;
END
$$;

-- The actions that one of the organization's own lines or a global line names, as a JSON array in their order.
CREATE OR REPLACE FUNCTION shell.find_known_actions(
  p_caller jsonb, p_after text, p_most integer, OUT refusal text, OUT known text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_after text COLLATE "C" := coalesce(p_after, '');
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  WITH named AS (
    SELECT l.action, row_number() OVER (ORDER BY l.action) AS number FROM (
      SELECT p.action FROM shell.permissions p
      WHERE p.organization_id = v_organization AND NOT p.is_global AND p.action <> '*' AND p.action > v_after
      UNION
      SELECT p.action FROM shell.permissions p
      WHERE p.is_global AND p.action <> '*' AND p.action > v_after
    ) l(action)
    ORDER BY l.action LIMIT p_most + 1
  ), taken AS (
    SELECT n.* FROM named n WHERE n.number <= p_most
  )
  SELECT coalesce(json_agg(t.action ORDER BY t.number), '[]')::text,
    CASE WHEN count(*) < (SELECT count(*) FROM named) THEN max(t.action) END
    INTO known, rest
  FROM taken t;
END
$$;

-- The members of the organization that may hold roles, as a JSON array in the order of their internal ids; and the data
-- that decide whether they may do p_action to the resource of p_type and p_id. These are the data that shell.policy_of
-- returns for each of them, reduced to the question, and those that members have in common only once: `lines` are the
-- lines about the question, whoever holds their roles; `inherits` are the edges of inheritance that lead to these
-- roles; and each member has its assignments of roles that are or inherit these. If no line allows anything, nothing
-- can be allowed, and no member is read. Properties are included if a line has a condition; once they are p_bytes
-- long, the part ends. `resource` has the stored properties of the resource.
CREATE OR REPLACE FUNCTION shell.find_known_subjects(
  p_caller jsonb, p_type text, p_id text, p_action text, p_after text, p_most integer, p_bytes integer,
  OUT refusal text, OUT organization_id uuid, OUT may_hold_roles boolean, OUT resource text,
  OUT inherits text, OUT lines text, OUT known text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_after uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
  v_setting text;
  v_provider uuid;
  v_roles text[];
  v_are_conditional boolean;
  v_may_allow boolean;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  organization_id := shell.current_organization();
  SELECT o.identity_provider_id, o.status = 'active' INTO v_provider, may_hold_roles
  FROM shell.organizations o WHERE o.id = find_known_subjects.organization_id;

  SELECT coalesce(json_agg(json_build_object('role', l.role, 'type', l.resource_type, 'id', l.resource_id,
      'action', l.action, 'effect', l.effect, 'condition', l.condition)), '[]')::text,
    coalesce(array_agg(DISTINCT l.role::text), '{}'),
    coalesce(bool_or(l.condition IS NOT NULL), false), coalesce(bool_or(l.effect = 'allow'), false)
    INTO lines, v_roles, v_are_conditional, v_may_allow
  FROM (
    SELECT * FROM shell.permissions p
    WHERE p.organization_id = find_known_subjects.organization_id AND NOT p.is_global
      AND p.resource_type IN (p_type, '*') AND p.resource_id IN (p_id, '*') AND p.action IN (p_action, '*')
    UNION ALL
    SELECT * FROM shell.permissions p
    WHERE p.is_global
      AND p.resource_type IN (p_type, '*') AND p.resource_id IN (p_id, '*') AND p.action IN (p_action, '*')
  ) l;
  inherits := '[]';
  known := '[]';
  IF NOT (v_may_allow AND may_hold_roles) THEN
    RETURN;
  END IF;

  WITH RECURSIVE edges (role, inherited) AS MATERIALIZED (
    SELECT r.slug::text COLLATE "C", unnest(r.inherits) FROM shell.roles r
    WHERE r.organization_id = find_known_subjects.organization_id AND NOT r.is_global
    UNION ALL
    SELECT r.slug::text COLLATE "C", unnest(r.inherits) FROM shell.roles r WHERE r.is_global
  ), leads (role) AS (
    SELECT l.role COLLATE "C" FROM unnest(v_roles) l(role)
    UNION
    SELECT e.role FROM leads l JOIN edges e ON e.inherited = l.role
  )
  SELECT (SELECT array_agg(l.role) FROM leads l),
    coalesce(json_agg(json_build_array(e.role, e.inherited)), '[]')::text
    INTO v_roles, inherits
  FROM edges e WHERE e.inherited IN (SELECT l.role FROM leads l);

  IF v_are_conditional THEN
    SELECT r.properties::text INTO resource FROM shell.resources r
    WHERE r.organization_id = find_known_subjects.organization_id AND r.type = p_type AND r.id = p_id;
  END IF;

  v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
  WITH members AS (
    SELECT m.user_id FROM shell.memberships m
    WHERE m.organization_id = find_known_subjects.organization_id AND m.user_id > v_after
    ORDER BY m.user_id LIMIT p_most + 1
  ), standing AS (
    SELECT m.user_id, u.external_id, s.may_hold_roles,
      CASE WHEN v_are_conditional AND s.may_hold_roles THEN s.properties::text ELSE '{}' END AS attributes
    FROM members m
    LEFT JOIN shell.users u ON u.id = m.user_id AND u.identity_provider_id = v_provider
    CROSS JOIN LATERAL shell.standing_in(find_known_subjects.organization_id, v_provider, u.external_id) s
  ), counted AS (
    SELECT s.*, row_number() OVER w AS number,
      sum(octet_length(s.attributes)) OVER w - octet_length(s.attributes) AS bytes_before
    FROM standing s WINDOW w AS (ORDER BY s.user_id)
  ), taken AS MATERIALIZED (
    SELECT c.* FROM counted c WHERE c.number <= p_most AND c.bytes_before < p_bytes
  ), by_groups AS MATERIALIZED (
    SELECT g.subject, g.role, g.groups[1] AS by_group
    FROM shell.roles_by_groups(find_known_subjects.organization_id, v_provider,
      ARRAY(SELECT t.external_id FROM taken t)) g
    WHERE g.role = ANY (v_roles)
  ), held AS (
    SELECT h.subject, json_agg(json_build_object('role', h.role, 'until', h.until, 'by_group', h.by_group)) AS all
    FROM (
      SELECT a.subject, a.role::text, shell.unix_microseconds(a.valid_until), NULL::text
      FROM taken t JOIN shell.role_assignments a
        ON a.organization_id = find_known_subjects.organization_id AND a.subject = t.external_id
      WHERE a.role = ANY (v_roles)
      UNION ALL
      SELECT g.subject, g.role, NULL, g.by_group FROM by_groups g
    ) h(subject, role, until, by_group)
    GROUP BY h.subject
  )
  SELECT
    (SELECT coalesce(json_agg(json_build_object('place', t.user_id, 'subject', t.external_id,
        'attributes', t.attributes, 'assignments', coalesce(h.all, '[]')) ORDER BY t.number), '[]')::text
      FROM taken t LEFT JOIN held h ON h.subject = t.external_id
      WHERE t.external_id IS NOT NULL AND t.may_hold_roles),
    CASE WHEN (SELECT count(*) FROM taken) < (SELECT count(*) FROM members) THEN
      (SELECT t.user_id::text FROM taken t ORDER BY t.number DESC LIMIT 1) END
    INTO known, rest;
  v_setting := set_config('shell.identity_provider_id', '', true);
END
$$;
