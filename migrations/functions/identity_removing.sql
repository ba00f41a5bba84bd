-- Removing users from an organization.

-- `touched` after the removal of a user from organizations that the statement sees: the policies to invalidate
-- and the cut-offs to write in Redis, as `tell_touched` reads it beside `change`.
CREATE OR REPLACE FUNCTION shell.touched_by_removal(p_organizations uuid[], p_user text) RETURNS text
LANGUAGE sql STABLE
RETURN (
  SELECT json_build_object(
    'policies', coalesce(json_agg(json_build_object('id', o.id, 'slug', o.slug, 'subject', p_user)), '[]'),
    'voided', false,
    'namings', false,
    'cutoffs', coalesce(json_agg(json_build_object(
      'provider', o.identity_provider, 'organization', o.id, 'subject', p_user)), '[]'))::text
  FROM shell.organizations o WHERE o.id = ANY (p_organizations) AND p_user IS NOT NULL
);

-- The time of a user's removal from an organization: now, or the time of the provider's latest fact about the
-- membership if that is later, since the provider's clock may be ahead. A fact from before the removal must not
-- bring the user back.
CREATE OR REPLACE FUNCTION shell.removal_time(p_organization uuid, p_user text) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before text := coalesce(current_setting('shell.identity_provider_id', true), '');
  v_provider uuid := (SELECT o.identity_provider_id FROM shell.organizations o WHERE o.id = p_organization);
  v_setting text := set_config('shell.identity_provider_id', v_provider::text, true);
  v_told_at timestamptz;
BEGIN
  SELECT shell.stamp_time(max(f.stamp)) INTO v_told_at
  FROM shell.membership_facts f JOIN shell.organizations o ON o.external_id = f.organization_external_id
  WHERE f.identity_provider_id = v_provider AND f.user_external_id = p_user AND o.id = p_organization;
  v_setting := set_config('shell.identity_provider_id', v_before, true);
  RETURN greatest(clock_timestamp(), v_told_at);
END
$$;

-- Deletes the membership and the role assignments that a user has in an organization that was entered; p_id is
-- the user's id, if it is known. Returns whether there were any. If so, the removal is stored, so that only a
-- later event brings the user back, and tokens that were issued until now are cut off. The clock of an issuer may
-- be ahead by up to 30 s (shared/service, claims).
CREATE OR REPLACE FUNCTION shell.remove_from_organization(
  p_caller jsonb, p_organization uuid, p_id uuid, p_user text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_was_member boolean;
  v_roles json;
BEGIN
  DELETE FROM shell.memberships m WHERE m.organization_id = p_organization AND m.user_id = p_id;
  v_was_member := FOUND;
  WITH removed AS (
    DELETE FROM shell.role_assignments a WHERE a.organization_id = p_organization AND a.subject = p_user
    RETURNING a.role
  )
  SELECT json_agg(r.role ORDER BY r.role) INTO v_roles FROM removed r;
  IF NOT v_was_member AND v_roles IS NULL THEN
    RETURN false;
  END IF;
  INSERT INTO shell.removed_memberships AS r (organization_id, subject, removed_at)
  VALUES (p_organization, p_user, shell.removal_time(p_organization, p_user))
  ON CONFLICT ON CONSTRAINT removed_memberships_pkey DO UPDATE
  SET removed_at = greatest(r.removed_at, excluded.removed_at);
  INSERT INTO shell.membership_cutoffs AS c (organization_id, subject, cut_off_at)
  VALUES (p_organization, p_user, v_now + interval '30 seconds')
  ON CONFLICT ON CONSTRAINT membership_cutoffs_pkey DO UPDATE
  SET cut_off_at = greatest(c.cut_off_at, excluded.cut_off_at);
  -- Without the user's name: nothing can be erased from the audit trail.
  PERFORM shell.add_caller_event(p_caller, p_organization, 'user.removed',
    json_build_array(json_build_object('type', 'user', 'id', p_user)),
    json_build_object('member', v_was_member, 'roles', coalesce(v_roles, '[]')));
  RETURN true;
END
$$;

-- Removes a user from the organization, by its external_id. If there is nothing to remove, an earlier request
-- removed it, or the user was never there; then the conditions do not matter.
CREATE OR REPLACE FUNCTION shell.remove_user(
  p_caller jsonb, p_user text, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text, OUT touched text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_provider uuid;
  v_id uuid;
  v_stands json;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_counter := shell.lock_changes();
  SELECT o.identity_provider_id INTO v_provider FROM shell.organizations o WHERE o.id = v_organization;
  v_stands := shell.user_document(v_organization, p_user);
  IF v_stands IS NOT NULL AND NOT shell.conditions_hold(p_conditions, (v_stands ->> 'version')::bigint, false) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;
  IF shell.is_last_administrator(v_organization, NULL, p_user) THEN
    outcome := 'last_administrator';
    RETURN;
  END IF;
  -- The policies show members, and nobody else has a membership to delete.
  SELECT u.id INTO v_id FROM shell.users u
  WHERE u.identity_provider_id = v_provider AND u.external_id = p_user;
  IF shell.remove_from_organization(p_caller, v_organization, v_id, p_user) THEN
    v_counter := shell.next_change();
  END IF;
  outcome := 'deleted';
  change := shell.change_to_tell(v_counter, ARRAY[v_organization]);
  touched := shell.touched_by_removal(ARRAY[v_organization], p_user);
END
$$;
