-- The members of roles, as a resource. Each organization has its own members of a role, also of a global role.

CREATE OR REPLACE FUNCTION shell.member_document(a shell.role_assignments) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object('version', (a).version, 'value',
  json_build_object('user', (a).subject, 'valid_until', shell.rfc3339((a).valid_until)));

-- `document` is null if there is no such role.
CREATE OR REPLACE FUNCTION shell.list_role_members(
  p_caller jsonb, p_role text, p_after text, p_limit integer, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_role shell.roles;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_role := shell.find_role(v_organization, p_role);
  IF v_role.id IS NOT NULL THEN
    SELECT coalesce(json_agg(shell.member_document(l.assignment) -> 'value' ORDER BY l.subject), '[]')::text
      INTO document
    FROM (
      SELECT a.subject, a FROM shell.role_assignments a
      WHERE a.role_organization_id = v_role.organization_id AND a.role = v_role.slug
        AND a.organization_id = v_organization AND a.subject > coalesce(p_after, '') COLLATE "C"
      ORDER BY a.subject LIMIT p_limit
    ) l(subject, assignment);
  END IF;
END
$$;

-- The roles that were assigned to a user and those that its groups give it as a member, in the order of their slugs,
-- without the roles that these inherit.
CREATE OR REPLACE FUNCTION shell.list_user_roles(
  p_caller jsonb, p_user text, p_after text, p_limit integer, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_provider uuid;
  v_setting text;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  SELECT o.identity_provider_id INTO v_provider FROM shell.organizations o WHERE o.id = v_organization;
  v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
  SELECT coalesce(json_agg(json_build_object('role', l.role, 'is_global', l.is_global,
      'is_assigned', l.is_assigned, 'valid_until', shell.rfc3339(l.valid_until), 'by_groups', l.by_groups)
      ORDER BY l.role), '[]')::text INTO document
  FROM (
    SELECT coalesce(a.role, g.role COLLATE "C") AS role, coalesce(a.is_global, g.is_global) AS is_global,
      a.role IS NOT NULL AS is_assigned, a.valid_until, coalesce(g.groups, '{}') AS by_groups
    FROM (
      SELECT a.role::text, r.is_global, a.valid_until
      FROM shell.role_assignments a
      JOIN shell.roles r ON r.organization_id = a.role_organization_id AND r.slug = a.role
      WHERE a.organization_id = v_organization AND a.subject = p_user
    ) a
    FULL JOIN (
      SELECT g.* FROM shell.standing_in(v_organization, v_provider, p_user) s
      CROSS JOIN LATERAL shell.roles_by_groups(v_organization, v_provider, ARRAY[p_user]) g
      WHERE s.is_member
    ) g ON g.role COLLATE "C" = a.role COLLATE "C"
    WHERE coalesce(a.role, g.role) COLLATE "C" > coalesce(p_after, '')
    ORDER BY 1 LIMIT p_limit
  ) l;
  v_setting := set_config('shell.identity_provider_id', '', true);
END
$$;

-- Records a change of a member in the audit trail. Both the role and the user are targets of the event.
CREATE OR REPLACE FUNCTION shell.add_member_event(
  p_caller jsonb, p_organization uuid, p_action text, p_role shell.roles, p_user text, p_metadata json
) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN shell.add_caller_event(p_caller, p_organization, p_action,
  json_build_array(
    json_build_object('type', 'role', 'id', (p_role).slug, 'name', (p_role).name),
    json_build_object('type', 'user', 'id', p_user)),
  p_metadata);

-- Lets a subject that was removed from the organization hold roles again if the provider has it in no organization:
-- a service account, or a subject that is not known. No event would bring it back.
CREATE OR REPLACE FUNCTION shell.lift_removal(p_organization uuid, p_user text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := (SELECT o.identity_provider_id FROM shell.organizations o WHERE o.id = p_organization);
  v_setting text := set_config('shell.identity_provider_id', v_provider::text, true);
BEGIN
  DELETE FROM shell.removed_memberships r
  WHERE r.organization_id = p_organization AND r.subject = p_user AND NOT EXISTS (
    SELECT FROM shell.users u
    WHERE u.identity_provider_id = v_provider AND u.external_id = p_user AND NOT u.is_service_account);
  v_setting := set_config('shell.identity_provider_id', '', true);
END
$$;

-- p_valid_until is in RFC 3339; null means without an end.
CREATE OR REPLACE FUNCTION shell.put_role_member(
  p_caller jsonb, p_role text, p_user text, p_valid_until text, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_role shell.roles;
  v_valid_until timestamptz := p_valid_until;
  v_assignment shell.role_assignments;
  v_is_done boolean;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_counter := shell.lock_changes();
  v_role := shell.find_role(v_organization, p_role);
  IF v_role.id IS NULL THEN
    outcome := 'unknown_role';
    RETURN;
  END IF;
  SELECT * INTO v_assignment FROM shell.role_assignments a
  WHERE a.organization_id = v_organization AND a.subject = p_user AND a.role = p_role;
  v_is_done := FOUND AND v_assignment.valid_until IS NOT DISTINCT FROM v_valid_until;
  IF NOT shell.conditions_hold(p_conditions, v_assignment.version, v_is_done) THEN
    outcome := 'precondition_failed';
    RETURN;
  ELSIF v_valid_until IS NOT NULL AND shell.is_last_administrator(v_organization, p_role, p_user) THEN
    outcome := 'last_administrator';
    RETURN;
  END IF;

  outcome := CASE WHEN v_assignment.role IS NULL THEN 'created' ELSE 'replaced' END;
  IF NOT v_is_done THEN
    v_counter := shell.next_change();
    PERFORM shell.lift_removal(v_organization, p_user);
    INSERT INTO shell.role_assignments AS a (organization_id, subject, role, role_organization_id,
      valid_until, version)
    VALUES (v_organization, p_user, p_role, v_role.organization_id, v_valid_until, v_counter)
    ON CONFLICT ON CONSTRAINT role_assignments_pkey DO UPDATE
    SET valid_until = excluded.valid_until, version = excluded.version, updated_at = now()
    RETURNING * INTO v_assignment;
    PERFORM shell.add_member_event(p_caller, v_organization,
      CASE outcome WHEN 'created' THEN 'role.member_added' ELSE 'role.member_changed' END, v_role, p_user,
      json_build_object('valid_until', shell.rfc3339(v_valid_until)));
  END IF;
  change := shell.change_to_tell(v_counter, ARRAY[v_organization]);
  document := shell.member_document(v_assignment)::text;
END
$$;

-- A member that does not exist any more was removed by an earlier request: this succeeds, whatever the conditions are.
CREATE OR REPLACE FUNCTION shell.delete_role_member(
  p_caller jsonb, p_role text, p_user text, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_role shell.roles;
  v_version bigint;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_counter := shell.lock_changes();
  v_role := shell.find_role(v_organization, p_role);
  IF v_role.id IS NULL THEN
    outcome := 'unknown_role';
    RETURN;
  END IF;
  SELECT a.version INTO v_version FROM shell.role_assignments a
  WHERE a.organization_id = v_organization AND a.subject = p_user AND a.role = p_role;
  IF FOUND THEN
    IF NOT shell.conditions_hold(p_conditions, v_version, false) THEN
      outcome := 'precondition_failed';
      RETURN;
    ELSIF shell.is_last_administrator(v_organization, p_role, p_user) THEN
      outcome := 'last_administrator';
      RETURN;
    END IF;
    v_counter := shell.next_change();
    DELETE FROM shell.role_assignments a
    WHERE a.organization_id = v_organization AND a.subject = p_user AND a.role = p_role;
    PERFORM shell.add_member_event(p_caller, v_organization, 'role.member_removed', v_role, p_user, '{}');
  END IF;
  outcome := 'deleted';
  change := shell.change_to_tell(v_counter, ARRAY[v_organization]);
END
$$;
