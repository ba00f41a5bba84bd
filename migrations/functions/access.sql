-- Access: what decisions about a subject are made from.

-- What one subject needs in the organization that was entered, p_organization: the roles that were assigned
-- to it, ended ones too; what these inherit, edge by edge; the lines of all that are reached; and the
-- attributes of its membership, as JSON in a text. It is told whether the subject may hold roles here, and all the rest
-- however that comes out.
--
-- p_provider is the organization's identity provider. Whom `users` does not know as a person of that
-- provider, a service account or somebody still to be synced, holds what was assigned to it.
--
-- STABLE, so that all it reads is of one moment.
CREATE OR REPLACE FUNCTION shell.policy_of(
  p_organization uuid, p_provider uuid, p_subject text, p_is_active boolean
) RETURNS json
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_is_member boolean;
  v_attributes jsonb;
  v_assignments json;
  v_inherits json;
  v_lines json;
  v_roles text[];
BEGIN
  SELECT m.user_id IS NOT NULL, m.attributes INTO v_is_member, v_attributes
  FROM shell.users u
  LEFT JOIN shell.memberships m ON m.organization_id = p_organization AND m.user_id = u.id
  WHERE u.identity_provider_id = p_provider AND u.external_id = p_subject;

  SELECT array_agg(a.role::text), json_agg(json_build_object(
      'role', a.role, 'until', shell.unix_microseconds(a.valid_until)) ORDER BY a.role)
    INTO v_roles, v_assignments
  FROM shell.role_assignments a
  WHERE a.organization_id = p_organization AND a.subject = p_subject;

  IF v_roles IS NOT NULL THEN
    -- Each role is looked up by its own key; a cycle, were there one, ends here too.
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
    'may_hold_roles', p_is_active AND coalesce(v_is_member, true),
    'attributes', coalesce(v_attributes, '{}')::text,
    'assignments', coalesce(v_assignments, '[]'),
    'inherits', coalesce(v_inherits, '[]'),
    'lines', coalesce(v_lines, '[]'));
END
$$;

-- The types of which the organization that was entered stores resources, as a JSON array; null where they
-- are more than a hundred, so that any may be one of them. Each is looked up by its key.
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

-- What decisions about subjects, given by their external_id, need in the caller's organization. `policies` is a
-- JSON array, one of the above for each subject, in their order. Beside them stands what Redis keeps: whether
-- the caller's own organization is platform, the version of what the organization's roles permit, and of which
-- types it stores resources. `counter` and `version` are read before the rest: what they count is in it for
-- certain, and what comes later may be.
--
-- For the time of the question the policies show every person of the organization's identity provider: one
-- that is known and no member must be told from one that nobody knows.
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
  -- Who entered another organization than its own is of platform.
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

-- Makes every policy of an organization that Redis keeps untrue, by a change with this number.
CREATE OR REPLACE FUNCTION shell.void_policies(p_organization uuid, p_counter bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  INSERT INTO shell.policy_versions AS v (organization_id, version) VALUES (p_organization, p_counter)
  ON CONFLICT ON CONSTRAINT policy_versions_pkey DO UPDATE SET version = excluded.version
$$;

-- The roles that make an administrator of whom they were assigned to without end: the global role admin, and in
-- platform its own platform-admin.
CREATE OR REPLACE FUNCTION shell.administrators_roles(p_organization uuid)
RETURNS TABLE (organization_id uuid, slug shell.slug)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT r.organization_id, r.slug FROM shell.roles r WHERE r.is_global AND r.slug = 'admin'
  UNION ALL
  SELECT r.organization_id, r.slug
  FROM shell.roles r JOIN shell.organizations o ON o.id = r.organization_id
  WHERE r.organization_id = p_organization AND r.slug = 'platform-admin' AND o.slug = 'platform'
    AND NOT r.is_global;
END;

-- Whether a role is one of these.
CREATE OR REPLACE FUNCTION shell.makes_administrators(p_organization uuid, p_role text) RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN EXISTS (SELECT FROM shell.administrators_roles(p_organization) r WHERE r.slug = p_role);

-- Whether a subject may hold roles in an organization: it is a member, or nobody whom its identity provider's
-- persons have, for whom the policies of users are open.
CREATE OR REPLACE FUNCTION shell.may_hold_roles(p_organization uuid, p_provider uuid, p_subject text)
RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN NOT EXISTS (
  SELECT FROM shell.users u
  WHERE u.identity_provider_id = p_provider AND u.external_id = p_subject
    AND NOT EXISTS (
      SELECT FROM shell.memberships m WHERE m.organization_id = p_organization AND m.user_id = u.id));

-- Whether the organization that was entered has administrators who may hold the role, and none beside p_user, whom
-- p_role makes one.
CREATE OR REPLACE FUNCTION shell.is_last_administrator(p_organization uuid, p_role text, p_user text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid;
  v_setting text;
  v_is_last boolean;
BEGIN
  IF NOT shell.makes_administrators(p_organization, p_role) THEN
    RETURN false;
  END IF;
  SELECT o.identity_provider_id INTO v_provider FROM shell.organizations o WHERE o.id = p_organization;
  v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
  SELECT coalesce(bool_and(a.role = p_role AND a.subject = p_user COLLATE "C"), false) INTO v_is_last
  FROM shell.administrators_roles(p_organization) r
  JOIN shell.role_assignments a ON a.role_organization_id = r.organization_id AND a.role = r.slug
  WHERE a.organization_id = p_organization AND a.valid_until IS NULL
    AND shell.may_hold_roles(p_organization, v_provider, a.subject);
  v_setting := set_config('shell.identity_provider_id', '', true);
  RETURN v_is_last;
END
$$;
