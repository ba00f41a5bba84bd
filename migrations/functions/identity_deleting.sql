-- Users that their provider has deleted: no personal data is kept or comes back, whatever is reported about them
-- later, and in whatever order. `provider` and `external_id` are kept, so that late events find that there is nothing
-- to do.

-- The row of a user without personal data.
CREATE OR REPLACE FUNCTION shell.bare_user(u shell.users) RETURNS shell.users
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  u.username := u.external_id;
  u.email := '';
  u.display_name := left(u.external_id, 200);
  u.first_name := NULL;
  u.last_name := NULL;
  u.is_enabled := true;
  u.is_service_account := false;
  u.attributes := '{}';
  u.organization_attribute := NULL;
  u.told := '{}';
  u.last_login_at := NULL;
  RETURN u;
END
$$;

-- Deletes what else is stored about a user of a provider. Facts of memberships that named the user by name alone
-- keep the identifier that they were resolved to, without the names, up to the stamp p_until, or all of them if
-- that is null: the same names in a later fact may mean another user.
CREATE OR REPLACE FUNCTION shell.forget_user(p_provider uuid, p_user text, p_until text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  DELETE FROM shell.user_names n WHERE n.identity_provider_id = p_provider AND n.user_external_id = p_user;
  DELETE FROM shell.linked_identities l WHERE l.identity_provider_id = p_provider AND l.user_external_id = p_user;
  DELETE FROM shell.group_members g WHERE g.identity_provider_id = p_provider AND g.user_external_id = p_user;
  UPDATE shell.membership_facts f SET by_name = false, username = NULL, email = NULL
  WHERE f.identity_provider_id = p_provider AND f.user_external_id = p_user AND f.by_name
    AND (p_until IS NULL OR f.stamp <= p_until COLLATE "C");
END
$$;

-- Applies that a user was deleted, also if nothing was reported about the user before.
CREATE OR REPLACE FUNCTION shell.tell_user_deleted(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_user text := p_fact ->> 'user';
  v_at timestamptz := work ->> 'at';
  v_old shell.users;
  v_new shell.users;
  v_names text[];
  v_organization uuid;
BEGIN
  SELECT * INTO v_old FROM shell.users u
  WHERE u.identity_provider_id = v_provider AND u.external_id = v_user FOR UPDATE;
  IF v_old.deleted_at <= v_at THEN
    RETURN;
  END IF;
  v_names := shell.names_of(v_old);
  work := shell.user_losing(v_user, work);
  work := shell.touch_user(v_user, work);
  work := shell.work_counted(work);
  FOR v_organization IN SELECT shell.organizations_of(v_provider, v_user)
  LOOP
    work := shell.cut_off(v_organization, v_user, v_at, work);
  END LOOP;
  IF v_old.id IS NULL THEN
    v_new := shell.untold_user(v_provider, v_user);
    v_new.deleted_at := v_at;
    v_new.version := (work ->> 'counter')::bigint;
    INSERT INTO shell.users SELECT (v_new).*;
  ELSE
    v_new := shell.bare_user(v_old);
    v_new.deleted_at := v_at;
    work := shell.change_user(v_old, v_new, work);
  END IF;
  PERFORM shell.forget_user(v_provider, v_user, work ->> 'stamp');
  work := shell.settle_user(v_user, shell.settle_names(v_names, work));
  work := shell.work_with(work, 'learned', to_jsonb('user:' || v_user));
END
$$;

-- The users in these facts that were deleted or erased.
CREATE OR REPLACE FUNCTION shell.gone_users(p_provider uuid, p_facts jsonb) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
BEGIN
  RETURN ARRAY(
    SELECT u.id FROM shell.users u
    WHERE u.identity_provider_id = p_provider AND u.external_id = ANY (ARRAY(
        SELECT f.fact ->> 'user' FROM jsonb_array_elements(p_facts) f(fact)))
      AND (u.deleted_at IS NOT NULL OR u.erased_at IS NOT NULL));
END
$$;

-- The facts of an event that may be applied and stored. Facts about deleted or erased users are left out, except
-- those that report a deletion or end sessions, which contain an identifier and no other personal data. If a fact
-- about a membership is left out, the user's tokens of that organization are cut off at the time of the deletion
-- or erasure. `reason` says why no fact is left.
CREATE OR REPLACE FUNCTION shell.keep_facts(INOUT facts jsonb, INOUT work jsonb, OUT reason text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_gone record;
  v_users uuid[] := shell.gone_users((work ->> 'provider')::uuid, facts);
BEGIN
  IF v_users = '{}' THEN
    RETURN;
  END IF;
  FOR v_gone IN
    SELECT f.fact, u.external_id, u.deleted_at, u.erased_at, o.id AS organization_id
    FROM shell.users u
    JOIN jsonb_array_elements(facts) f(fact) ON f.fact ->> 'user' = u.external_id
    LEFT JOIN shell.organizations o ON o.identity_provider_id = v_provider
      AND f.fact ->> 'kind' = 'membership' AND o.external_id = f.fact ->> 'organization'
    WHERE u.id = ANY (v_users) AND f.fact ->> 'kind' NOT IN ('user_deleted', 'revocation', 'password_reset')
  LOOP
    facts := coalesce((
      SELECT jsonb_agg(f.fact ORDER BY f.place)
      FROM jsonb_array_elements(facts) WITH ORDINALITY f(fact, place) WHERE f.fact <> v_gone.fact), '[]');
    IF v_gone.organization_id IS NOT NULL THEN
      work := shell.cut_off(v_gone.organization_id, v_gone.external_id,
        coalesce(v_gone.deleted_at, v_gone.erased_at), work);
    END IF;
    IF facts = '[]' THEN
      reason := CASE WHEN v_gone.erased_at IS NOT NULL THEN 'user_erased' ELSE 'user_deleted' END;
    END IF;
  END LOOP;
END
$$;
