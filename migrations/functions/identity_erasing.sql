-- Erasing a person everywhere, except in the audit trails.

-- The current and former names of a person, as far as any stored data has them; the provider was entered.
CREATE OR REPLACE FUNCTION shell.names_of_person(
  p_provider uuid, p_user text, OUT usernames text[], OUT emails text[]
)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(array_agg(DISTINCT lower(n.username)) FILTER (WHERE n.username <> ''), '{}'),
    coalesce(array_agg(DISTINCT lower(n.email)) FILTER (WHERE n.email <> ''), '{}')
  FROM (
    SELECT u.username, u.email FROM shell.users u
    WHERE u.identity_provider_id = p_provider AND u.external_id = p_user
    UNION ALL
    SELECT n.username, n.email FROM shell.user_names n
    WHERE n.identity_provider_id = p_provider AND n.user_external_id = p_user
    UNION ALL
    SELECT m.username, m.email FROM shell.membership_facts m
    WHERE m.identity_provider_id = p_provider AND m.user_external_id = p_user
    UNION ALL
    SELECT f.fact ->> 'username', f.fact ->> 'email'
    FROM shell.webhook_events e CROSS JOIN jsonb_array_elements(e.facts) f(fact)
    WHERE e.identity_provider_id = p_provider AND e.about = 'user:' || p_user
      AND f.fact ->> 'kind' = 'user' AND f.fact ->> 'user' = p_user
  ) n;
END;

-- Erases what a provider, which was entered, reported about a person: names, linked identities, groups,
-- memberships of the provider's organizations, and what the inbox has. A fact that names a person by name alone
-- is about this person if it was resolved to this person, or if it has one of the person's names and was not
-- resolved to another; a fact that names an identity at another provider, if that identity was linked with this
-- person. All failed events are examined: they may identify a person in more ways than the one by which events
-- are looked up.
CREATE OR REPLACE FUNCTION shell.erase_told(p_provider uuid, p_user text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_names record := shell.names_of_person(p_provider, p_user);
  v_linked jsonb := (
    SELECT coalesce(jsonb_agg(jsonb_build_object('alias', l.alias, 'external_id', l.external_id)), '[]')
    FROM shell.linked_identities l WHERE l.identity_provider_id = p_provider AND l.user_external_id = p_user);
BEGIN
  PERFORM shell.forget_user(p_provider, p_user);
  DELETE FROM shell.membership_facts f
  WHERE f.identity_provider_id = p_provider AND (f.user_external_id = p_user
    OR (f.by_name AND f.user_external_id IS NULL
      AND (f.username = ANY (v_names.usernames) OR f.email = ANY (v_names.emails))));
  UPDATE shell.webhook_events w
  SET facts = k.facts, waits_for = NULL,
    status = CASE w.status WHEN 'waiting' THEN 'ignored' ELSE w.status END, reason = 'user_erased'
  FROM shell.webhook_events e
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(f.fact ORDER BY f.place), '[]') AS facts
    FROM jsonb_array_elements(e.facts) WITH ORDINALITY f(fact, place)
    WHERE CASE
      WHEN f.fact ? 'user' THEN f.fact ->> 'user' <> p_user
      -- If an event has several facts by which a person is looked up, all of them mean the same person.
      WHEN f.fact ->> 'scope' IN ('email', 'linked') THEN NOT EXISTS (
        SELECT FROM jsonb_array_elements(e.facts) s(fact)
        WHERE CASE s.fact ->> 'scope'
          WHEN 'email' THEN lower(s.fact ->> 'email') = ANY (v_names.emails)
          WHEN 'linked' THEN v_linked @> jsonb_build_array(
            jsonb_build_object('alias', s.fact -> 'alias', 'external_id', s.fact -> 'external_id')) END)
      WHEN lower(f.fact ->> 'username') = ANY (v_names.usernames)
        OR lower(f.fact ->> 'email') = ANY (v_names.emails) THEN EXISTS (
        SELECT FROM shell.membership_facts m
        WHERE m.identity_provider_id = p_provider AND m.organization_external_id = f.fact ->> 'organization'
          AND m.stamp = shell.stamp_at(e.occurred_at, e.id) AND m.source = e.source AND m.user_external_id <> p_user)
      ELSE true END
  ) k
  WHERE e.identity_provider_id = p_provider AND k.facts <> e.facts
    AND (e.status = 'failed' OR e.about = 'user:' || p_user OR e.about_email = ANY (v_names.emails)
      OR e.about = ANY (ARRAY(SELECT 'username:' || n.name FROM unnest(v_names.usernames) n(name))))
    AND (w.identity_provider_id, w.source, w.id) = (e.identity_provider_id, e.source, e.id);
END
$$;

-- Deletes the reasons that were given for the revocations of a person's tokens, in the organization and in the
-- provider that were entered.
CREATE OR REPLACE FUNCTION shell.erase_reasons(p_provider uuid, p_user text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  UPDATE shell.revocations r SET reason = NULL
  WHERE r.identity_provider_id = p_provider AND r.kind IN ('subject', 'sessionless')
    AND r.value = p_user COLLATE "C" AND r.reason IS NOT NULL;
END
$$;

-- Removes a person from every organization of a provider, as remove_user does from one, but also if the person is
-- the last administrator; and deletes the reasons of the person's revocations. Returns the organizations in which
-- anything was removed, and those that have no administrator now. The statement sees every organization; it
-- enters one after the other.
CREATE OR REPLACE FUNCTION shell.remove_from_organizations(
  p_caller jsonb, p_provider uuid, p_user text, OUT removed uuid[], OUT headless json
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_entered text := coalesce(current_setting('shell.organization_id', true), '');
  v_setting text := set_config('shell.identity_provider_id', p_provider::text, true);
  v_id uuid;
  v_organization record;
  v_had_administrators boolean;
  v_headless text[] := '{}';
BEGIN
  removed := '{}';
  SELECT u.id INTO v_id FROM shell.users u WHERE u.identity_provider_id = p_provider AND u.external_id = p_user;
  FOR v_organization IN
    SELECT o.id, o.slug FROM shell.organizations o WHERE o.identity_provider_id = p_provider ORDER BY o.slug
  LOOP
    v_setting := set_config('shell.organization_id', v_organization.id::text, true);
    PERFORM shell.erase_reasons(p_provider, p_user);
    CONTINUE WHEN NOT EXISTS (
        SELECT FROM shell.memberships m WHERE m.organization_id = v_organization.id AND m.user_id = v_id)
      AND NOT EXISTS (
        SELECT FROM shell.role_assignments a WHERE a.organization_id = v_organization.id AND a.subject = p_user);
    v_had_administrators := shell.has_administrators(v_organization.id, p_provider);
    PERFORM shell.remove_from_organization(p_caller, v_organization.id, v_id, p_user);
    removed := removed || v_organization.id;
    IF v_had_administrators AND NOT shell.has_administrators(v_organization.id, p_provider) THEN
      PERFORM shell.add_caller_event(p_caller, v_organization.id, 'organization.without_administrator',
        json_build_array(json_build_object('type', 'organization', 'id', v_organization.slug)), '{}');
      v_headless := v_headless || v_organization.slug::text;
    END IF;
  END LOOP;
  SELECT json_agg(json_build_object('warning', 'no_administrator', 'organization', h.slug))
    INTO headless
  FROM unnest(v_headless) h(slug);
  v_setting := set_config('shell.organization_id', v_entered, true);
END
$$;

-- Deletes the personal data in a person's row, or inserts a row without any, so that nothing brings the person
-- back.
CREATE OR REPLACE FUNCTION shell.mark_erased(p_provider uuid, p_user text, p_counter bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_user shell.users;
BEGIN
  SELECT * INTO v_user FROM shell.users u
  WHERE u.identity_provider_id = p_provider AND u.external_id = p_user FOR UPDATE;
  IF v_user.id IS NULL THEN
    v_user := shell.untold_user(p_provider, p_user);
    v_user.erased_at := now();
    v_user.version := p_counter;
    INSERT INTO shell.users SELECT (v_user).*;
  ELSE
    v_user := shell.bare_user(v_user);
    UPDATE shell.users u
    SET username = v_user.username, email = v_user.email, display_name = v_user.display_name,
      first_name = v_user.first_name, last_name = v_user.last_name, is_enabled = v_user.is_enabled,
      is_service_account = v_user.is_service_account, attributes = v_user.attributes,
      organization_attribute = v_user.organization_attribute, told = v_user.told,
      last_login_at = v_user.last_login_at, erased_at = coalesce(u.erased_at, now()), version = p_counter,
      updated_at = now()
    WHERE u.id = v_user.id;
  END IF;
END
$$;

-- Erases a person of the identity provider of the organization that was entered, by the external_id, for a caller
-- of platform. The conditions apply to the user as the organization shows it, if the user is a member there.
CREATE OR REPLACE FUNCTION shell.erase_person(
  p_caller jsonb, p_user text, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text, OUT touched text, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_provider uuid;
  v_slug text;
  v_setting text;
  v_stands json;
  v_removed uuid[] := '{}';
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller, true);
  IF refusal IS NULL AND NOT shell.is_platform() THEN
    refusal := 'not_platform';
  END IF;
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  SELECT o.identity_provider_id, o.identity_provider INTO v_provider, v_slug
  FROM shell.organizations o WHERE o.id = v_organization;
  v_counter := shell.lock_changes();
  v_stands := shell.user_document(v_organization, p_user);
  IF v_stands IS NOT NULL AND NOT shell.conditions_hold(p_conditions, (v_stands ->> 'version')::bigint, false) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;

  -- If the request's value cannot be an external_id, p_user is null: there is nobody to erase.
  IF p_user IS NOT NULL THEN
    SELECT r.removed, r.headless::text INTO v_removed, warnings
    FROM shell.remove_from_organizations(p_caller, v_provider, p_user) r;
    v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
    PERFORM shell.erase_told(v_provider, p_user);
    IF v_removed <> '{}' OR NOT EXISTS (
      SELECT FROM shell.users u
      WHERE u.identity_provider_id = v_provider AND u.external_id = p_user AND u.erased_at IS NOT NULL) THEN
      v_counter := shell.next_change();
      PERFORM shell.mark_erased(v_provider, p_user, v_counter);
      PERFORM shell.add_caller_event(p_caller, (p_caller ->> 'organization')::uuid, 'user.erased',
        json_build_array(json_build_object('type', 'user', 'id', p_user)),
        json_build_object('provider', v_slug, 'organizations', cardinality(v_removed)));
    END IF;
    v_setting := set_config('shell.identity_provider_id', '', true);
  END IF;
  outcome := 'deleted';
  change := shell.change_to_tell(v_counter, v_removed);
  -- Also if an earlier request removed the user and could not update Redis.
  v_setting := set_config('shell.syncing', 'on', true);
  touched := shell.touched_by_removal(ARRAY(
    SELECT r.organization_id FROM shell.organizations o
    JOIN shell.removed_memberships r ON r.organization_id = o.id AND r.subject = p_user
    WHERE o.identity_provider_id = v_provider), p_user);
  v_setting := set_config('shell.syncing', '', true);
END
$$;
