-- Access: the data of decisions about a subject.

-- Whether a subject may hold roles in the organization that was entered, p_organization, whose identity provider
-- p_provider is; whether it is a member of it; and its properties: the attributes of the provider's user, over
-- which those of its membership win. One row, for every subject.
--
-- A user of the provider may hold roles as a member, unless the provider has disabled or deleted the organization; so
-- may a service account, which its provider has in no organization, and a subject that is not in `users` (not
-- synchronized yet, for example), unless it was removed here. For this question the policies show every user of the
-- provider: a known user that is not a member must be distinguished from an unknown one.
CREATE OR REPLACE FUNCTION shell.standing_in(p_organization uuid, p_provider uuid, p_subject text)
RETURNS TABLE (may_hold_roles boolean, is_member boolean, properties jsonb)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT CASE
      WHEN u.id IS NOT NULL AND (NOT u.is_enabled OR u.deleted_at IS NOT NULL OR u.erased_at IS NOT NULL) THEN false
      WHEN m.user_id IS NOT NULL AND (
        SELECT o.members_rest_at IS NULL FROM shell.organizations o WHERE o.id = p_organization) THEN true
      WHEN u.id IS NULL OR u.is_service_account THEN NOT EXISTS (
        SELECT FROM shell.removed_memberships x WHERE x.organization_id = p_organization AND x.subject = p_subject)
      ELSE false
    END,
    m.user_id IS NOT NULL,
    coalesce(u.attributes || coalesce(m.attributes, '{}'), '{}')
  FROM (SELECT) one
  LEFT JOIN shell.users u ON u.identity_provider_id = p_provider AND u.external_id = p_subject
  LEFT JOIN shell.memberships m ON m.organization_id = p_organization AND m.user_id = u.id;
END;

-- Only the first of these.
CREATE OR REPLACE FUNCTION shell.may_hold_roles(p_organization uuid, p_provider uuid, p_subject text)
RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN (SELECT s.may_hold_roles FROM shell.standing_in(p_organization, p_provider, p_subject) s);

-- The data for decisions about one subject in the organization that was entered, p_organization: the roles that were
-- assigned to it, including ended ones, and those that it has through groups, of which the first is named; what these
-- roles inherit, edge by edge; the lines of all roles that are reached; and its properties, as JSON in a text. Also
-- whether the subject may hold roles here; everything else is returned in any case.
--
-- p_provider is the organization's identity provider.
--
-- STABLE, so that it reads everything from one snapshot.
CREATE OR REPLACE FUNCTION shell.policy_of(
  p_organization uuid, p_provider uuid, p_subject text, p_is_active boolean
) RETURNS json
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_standing record;
  v_assignments json;
  v_inherits json;
  v_lines json;
  v_roles text[];
BEGIN
  SELECT * INTO v_standing FROM shell.standing_in(p_organization, p_provider, p_subject) s;

  SELECT array_agg(DISTINCT h.role), json_agg(json_build_object('role', h.role,
      'until', shell.unix_microseconds(h.valid_until), 'by_group', h.by_group) ORDER BY h.role, h.by_group NULLS FIRST)
    INTO v_roles, v_assignments
  FROM (
    SELECT a.role::text, a.valid_until, NULL::text FROM shell.role_assignments a
    WHERE a.organization_id = p_organization AND a.subject = p_subject
    UNION ALL
    SELECT g.role, NULL, g.groups[1]
    FROM shell.roles_by_groups(p_organization, p_provider, ARRAY[p_subject]) g
    WHERE v_standing.is_member
  ) h(role, valid_until, by_group);

  IF v_roles IS NOT NULL THEN
    -- Each role is looked up by its own key; a cycle, if there were one, would end here, too.
    WITH RECURSIVE reached (role) AS (
      SELECT h.role COLLATE "C" FROM unnest(v_roles) h(role)
      UNION
      SELECT i.role FROM reached x CROSS JOIN LATERAL (
        SELECT unnest(r.inherits) FROM shell.roles r
        WHERE r.organization_id = p_organization AND r.slug = x.role AND NOT r.is_global
        UNION ALL
        SELECT unnest(r.inherits) FROM shell.roles r WHERE r.slug = x.role AND r.is_global
      ) i(role)
    )
    SELECT array_agg(x.role) INTO v_roles FROM reached x;

    SELECT json_agg(json_build_array(e.role, e.inherited) ORDER BY e.role, e.inherited) INTO v_inherits
    FROM (
      SELECT r.slug::text, unnest(r.inherits) FROM shell.roles r
      WHERE r.organization_id = p_organization AND r.slug = ANY (v_roles) AND NOT r.is_global
      UNION ALL
      SELECT r.slug::text, unnest(r.inherits) FROM shell.roles r
      WHERE r.slug = ANY (v_roles) AND r.is_global
    ) e(role, inherited);

    SELECT json_agg(json_build_object('role', l.role, 'type', l.resource_type, 'id', l.resource_id,
        'action', l.action, 'effect', l.effect, 'condition', l.condition)) INTO v_lines
    FROM (
      SELECT * FROM shell.permissions p
      WHERE p.organization_id = p_organization AND p.role = ANY (v_roles) AND NOT p.is_global
      UNION ALL
      SELECT * FROM shell.permissions p WHERE p.role = ANY (v_roles) AND p.is_global
    ) l;
  END IF;

  RETURN json_build_object(
    'subject', p_subject,
    'may_hold_roles', p_is_active AND v_standing.may_hold_roles,
    'attributes', v_standing.properties::text,
    'assignments', coalesce(v_assignments, '[]'),
    'inherits', coalesce(v_inherits, '[]'),
    'lines', coalesce(v_lines, '[]'));
END
$$;

-- The types of which the organization that was entered stores resources, as a JSON array; null if there are more than
-- a hundred, so that any type may be one of them. Each type is looked up by its key.
CREATE OR REPLACE FUNCTION shell.stored_resource_types(p_organization uuid) RETURNS json
LANGUAGE sql STABLE
RETURN (
  WITH RECURSIVE stored (type) AS (
    (SELECT r.type FROM shell.resources r WHERE r.organization_id = p_organization ORDER BY r.type LIMIT 1)
    UNION ALL
    SELECT (SELECT r.type FROM shell.resources r
      WHERE r.organization_id = p_organization AND r.type > s.type ORDER BY r.type LIMIT 1)
    FROM stored s WHERE s.type IS NOT NULL
  ), counted AS (SELECT s.type FROM stored s WHERE s.type IS NOT NULL LIMIT 101)
  SELECT CASE WHEN count(*) <= 100 THEN coalesce(json_agg(c.type), '[]') END FROM counted c
);

-- The data for decisions about subjects, given by their external_id, in the caller's organization. `policies` is a
-- JSON array of what policy_of returns for each subject, in their order. Redis caches the rest: whether the caller's
-- own organization is platform, the version of the organization's roles and permissions, and the types of which it
-- stores resources. `counter` and `version` are read before the rest: the changes that they count are certainly
-- included, and later ones may be.
CREATE OR REPLACE FUNCTION shell.find_access(
  p_caller jsonb, p_subjects text[],
  OUT refusal text, OUT organization_id uuid, OUT counter bigint, OUT of_platform boolean, OUT version bigint,
  OUT stored_types text, OUT policies text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_setting text;
  v_provider uuid;
  v_is_active boolean;
BEGIN
  SELECT c.counter INTO counter FROM shell.changes c;
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  organization_id := shell.current_organization();
  SELECT o.identity_provider_id, o.status = 'active', o.slug = 'platform', coalesce(v.version, 0)
    INTO v_provider, v_is_active, of_platform, version
  FROM shell.organizations o
  LEFT JOIN shell.policy_versions v ON v.organization_id = o.id
  WHERE o.id = find_access.organization_id;
  -- A caller that entered an organization other than its own belongs to platform.
  of_platform := of_platform OR organization_id <> (p_caller ->> 'organization')::uuid;
  v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
  stored_types := shell.stored_resource_types(organization_id)::text;
  SELECT coalesce(json_agg(
      shell.policy_of(organization_id, v_provider, s.subject, v_is_active) ORDER BY s.place), '[]')::text
    INTO policies
  FROM unnest(p_subjects) WITH ORDINALITY s(subject, place);
  v_setting := set_config('shell.identity_provider_id', '', true);
END
$$;

-- Invalidates every policy of an organization that Redis caches, by a change with this number.
CREATE OR REPLACE FUNCTION shell.void_policies(p_organization uuid, p_counter bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  INSERT INTO shell.policy_versions AS v (organization_id, version) VALUES (p_organization, p_counter)
  ON CONFLICT ON CONSTRAINT policy_versions_pkey DO UPDATE SET version = excluded.version
$$;
