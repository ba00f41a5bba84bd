-- Erasing a person everywhere, but for what the audit trails hold.

-- By what names a person of a provider that was entered is called, or was, as far as anything tells it.
CREATE OR REPLACE FUNCTION shell.names_of_person(
  p_provider uuid, p_user text, OUT usernames text[], OUT emails text[]
)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(array_agg(DISTINCT n.username COLLATE "C") FILTER (WHERE n.username <> ''), '{}'),
    coalesce(array_agg(DISTINCT n.email COLLATE "C") FILTER (WHERE n.email <> ''), '{}')
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

-- Erases what was told of a person of a provider that was entered: names, linked identities, groups, memberships of
-- the provider's organizations, and what the inbox holds. Facts that name a person by name alone are this one's where
-- they were found to be, or one of its names is in them and they were not found to be another's. Answers how many
-- rows there were.
CREATE OR REPLACE FUNCTION shell.erase_told(p_provider uuid, p_user text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_names record := shell.names_of_person(p_provider, p_user);
  v_about text[] COLLATE "C";
  v_count bigint;
  v_all bigint := 0;
BEGIN
  DELETE FROM shell.user_names n WHERE n.identity_provider_id = p_provider AND n.user_external_id = p_user;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  DELETE FROM shell.linked_identities l WHERE l.identity_provider_id = p_provider AND l.user_external_id = p_user;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  DELETE FROM shell.group_members m WHERE m.identity_provider_id = p_provider AND m.user_external_id = p_user;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;
  DELETE FROM shell.membership_facts m
  WHERE m.identity_provider_id = p_provider AND (m.user_external_id = p_user
    OR (m.by_name AND m.user_external_id IS NULL
      AND (m.username = ANY (v_names.usernames) OR m.email = ANY (v_names.emails))));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  v_all := v_all + v_count;

  v_about := ARRAY['user:' || p_user] || ARRAY(SELECT 'username:' || n.name FROM unnest(v_names.usernames) n(name));
  UPDATE shell.webhook_events w
  SET facts = k.facts, waits_for = NULL,
    status = CASE w.status WHEN 'waiting' THEN 'ignored' ELSE w.status END, reason = 'the person was erased'
  FROM shell.webhook_events e
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(f.fact ORDER BY f.place), '[]') AS facts
    FROM jsonb_array_elements(e.facts) WITH ORDINALITY f(fact, place)
    WHERE CASE
      WHEN f.fact ? 'user' THEN f.fact ->> 'user' <> p_user
      WHEN f.fact ->> 'kind' <> 'membership' THEN true
      WHEN f.fact ->> 'username' = ANY (v_names.usernames) OR f.fact ->> 'email' = ANY (v_names.emails) THEN EXISTS (
        SELECT FROM shell.membership_facts m
        WHERE m.identity_provider_id = p_provider AND m.organization_external_id = f.fact ->> 'organization'
          AND m.stamp = lpad((extract(epoch FROM e.occurred_at) * 1000)::bigint::text, 15, '0') || ' ' || e.id
          AND m.user_external_id <> p_user)
      ELSE true END
  ) k
  WHERE e.identity_provider_id = p_provider
    AND (e.about = ANY (v_about) OR e.about_email = ANY (v_names.emails)) AND k.facts <> e.facts
    AND (w.identity_provider_id, w.source, w.id) = (e.identity_provider_id, e.source, e.id);
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_all + v_count;
END
$$;

-- Takes everything from a person in every organization of a provider, as remove_user does in one, but the last
-- administrator too. Answers the organizations in which there was anything, and those that have no administrator now.
-- The statement sees every organization; it enters one after the other.
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
    CONTINUE WHEN NOT EXISTS (
        SELECT FROM shell.memberships m WHERE m.organization_id = v_organization.id AND m.user_id = v_id)
      AND NOT EXISTS (
        SELECT FROM shell.role_assignments a WHERE a.organization_id = v_organization.id AND a.subject = p_user);
    v_had_administrators := shell.has_administrators(v_organization.id, p_provider);
    PERFORM shell.remove_from_organization(p_caller, v_organization.id, v_id, p_user);
    removed := removed || v_organization.id;
    IF v_had_administrators AND NOT shell.has_administrators(v_organization.id, p_provider) THEN
      PERFORM shell.add_audit_event(v_organization.id, 'organization.without_administrator', 'user',
        p_caller ->> 'subject',
        json_build_array(json_build_object('type', 'organization', 'id', v_organization.slug)),
        p_caller ->> 'request_id', '{}');
      v_headless := v_headless || v_organization.slug::text;
    END IF;
  END LOOP;
  SELECT json_agg(json_build_object('warning', 'organization_without_administrator', 'organization', h.slug))
    INTO headless
  FROM unnest(v_headless) h(slug);
  v_setting := set_config('shell.organization_id', v_entered, true);
END
$$;

-- Erases a person of the identity provider of the organization that was entered, by its external_id, for a caller of
-- platform. The row stays without anything personal, or is made, so that nothing brings the person back. What the
-- conditions are about is the user as it is shown in the organization, where it is a member.
CREATE OR REPLACE FUNCTION shell.erase_person(
  p_caller jsonb, p_user text, p_id uuid, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text, OUT touched text, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid;
  v_slug text;
  v_setting text;
  v_stands json;
  v_removed uuid[] := '{}';
  v_told bigint;
  v_erased_at timestamptz;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller, true);
  IF refusal IS NULL AND NOT shell.is_platform() THEN
    refusal := 'not_platform';
  END IF;
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  SELECT o.identity_provider_id, o.identity_provider INTO v_provider, v_slug
  FROM shell.organizations o WHERE o.id = shell.current_organization();
  v_counter := shell.lock_changes();
  v_stands := shell.user_document(shell.current_organization(), p_user);
  IF v_stands IS NOT NULL AND NOT shell.conditions_hold(p_conditions, (v_stands ->> 'version')::bigint, false) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;

  -- Nobody can be called by what is no external_id.
  IF p_user IS NOT NULL THEN
    SELECT r.removed, r.headless::text INTO v_removed, warnings
    FROM shell.remove_from_organizations(p_caller, v_provider, p_user) r;
    v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
    v_told := shell.erase_told(v_provider, p_user);
    SELECT u.erased_at INTO v_erased_at FROM shell.users u
    WHERE u.identity_provider_id = v_provider AND u.external_id = p_user;
    IF v_erased_at IS NULL OR v_told > 0 OR v_removed <> '{}' THEN
      v_counter := shell.next_change();
      INSERT INTO shell.users AS u (id, identity_provider_id, external_id, username, email, display_name,
        erased_at, version)
      VALUES (p_id, v_provider, p_user, p_user, '', left(p_user, 200), now(), v_counter)
      ON CONFLICT ON CONSTRAINT users_person_key DO UPDATE
      SET username = p_user, email = '', display_name = excluded.display_name,
        first_name = NULL, last_name = NULL, attributes = '{}', organization_attribute = NULL, told = '{}',
        last_login_at = NULL, erased_at = coalesce(u.erased_at, excluded.erased_at), version = v_counter,
        updated_at = now();
      PERFORM shell.add_audit_event((p_caller ->> 'organization')::uuid, 'user.erased', 'user',
        p_caller ->> 'subject', json_build_array(json_build_object('type', 'user', 'id', p_user)),
        p_caller ->> 'request_id', json_build_object('provider', v_slug,
          'organizations', cardinality(v_removed)));
    END IF;
    v_setting := set_config('shell.identity_provider_id', '', true);
  END IF;
  outcome := 'deleted';
  change := shell.change_to_tell(v_counter, v_removed);
  -- Also where an earlier request has removed it and could not tell Redis.
  v_setting := set_config('shell.syncing', 'on', true);
  touched := shell.touched_by_removal(ARRAY(
    SELECT r.organization_id FROM shell.organizations o
    JOIN shell.removed_memberships r ON r.organization_id = o.id AND r.subject = p_user
    WHERE o.identity_provider_id = v_provider), p_user);
  v_setting := set_config('shell.syncing', '', true);
END
$$;
