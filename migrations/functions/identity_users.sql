-- Events of an identity provider about a user: the fields, whatever order they arrive in, and the last login.

-- The display name of a user: the first and last name, if one was reported, else the username. The one from
-- `seed` remains until one of the two is reported.
CREATE OR REPLACE FUNCTION shell.display_name_of(u shell.users) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN (u).origin = 'seed' AND NOT (u).told ?| ARRAY['first_name', 'last_name'] THEN (u).display_name
  ELSE left(coalesce(nullif(btrim(concat_ws(' ', (u).first_name, (u).last_name)), ''), (u).username), 200) END;

-- Those attributes that are stored for users of the provider.
CREATE OR REPLACE FUNCTION shell.kept_attributes(p_provider uuid, p_attributes jsonb) RETURNS jsonb
LANGUAGE sql STABLE
RETURN (
  SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}')
  FROM shell.identity_providers p, jsonb_each(p_attributes) a
  WHERE p.id = p_provider AND a.key = ANY (p.attributes));

-- The facts of an event as the inbox stores them: of a user's attributes, only those that are needed to apply it
-- again.
CREATE OR REPLACE FUNCTION shell.stored_facts(p_provider uuid, p_facts jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
BEGIN
  IF NOT p_facts @? '$[*].attributes' THEN
    RETURN p_facts;
  END IF;
  RETURN (
    SELECT jsonb_agg(CASE WHEN f.fact ? 'attributes' THEN jsonb_set(f.fact, '{attributes}',
        shell.kept_attributes(p_provider, f.fact -> 'attributes')
          || jsonb_strip_nulls(jsonb_build_object('organization_id', f.fact #> '{attributes,organization_id}')))
      ELSE f.fact END ORDER BY f.place)
    FROM jsonb_array_elements(p_facts) WITH ORDINALITY f(fact, place));
END
$$;

-- A user with those fields of a fact that are later than the ones reported before.
CREATE OR REPLACE FUNCTION shell.user_with(p_old shell.users, p_fact jsonb, p_stamp text) RETURNS shell.users
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_new shell.users := p_old;
  v_field text;
BEGIN
  FOREACH v_field IN ARRAY ARRAY['username', 'email', 'first_name', 'last_name', 'enabled', 'attributes']
  LOOP
    CONTINUE WHEN NOT p_fact ? v_field OR NOT shell.is_news(p_old.told, v_field, p_stamp);
    v_new.told := v_new.told || jsonb_build_object(v_field, p_stamp);
    CASE v_field
      WHEN 'username' THEN v_new.username := p_fact ->> 'username';
      WHEN 'email' THEN v_new.email := coalesce(p_fact ->> 'email', '');
      WHEN 'first_name' THEN v_new.first_name := p_fact ->> 'first_name';
      WHEN 'last_name' THEN v_new.last_name := p_fact ->> 'last_name';
      WHEN 'enabled' THEN v_new.is_enabled := (p_fact ->> 'enabled')::boolean;
      ELSE
        v_new.attributes := shell.kept_attributes(p_old.identity_provider_id, p_fact -> 'attributes');
        v_new.organization_attribute := p_fact #>> '{attributes,organization_id,0}';
    END CASE;
  END LOOP;
  v_new.is_service_account := p_old.is_service_account OR coalesce((p_fact ->> 'service_account')::boolean, false);
  v_new.display_name := shell.display_name_of(v_new);
  RETURN v_new;
END
$$;

-- A user about which nothing was reported yet. The username is the identifier, until one is reported.
CREATE OR REPLACE FUNCTION shell.untold_user(p_provider uuid, p_external_id text) RETURNS shell.users
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_user shell.users;
BEGIN
  v_user.id := shell.audit_id(shell.unix_microseconds(v_now), right(replace(gen_random_uuid()::text, '-', ''), 16));
  v_user.identity_provider_id := p_provider;
  v_user.external_id := p_external_id;
  v_user.username := p_external_id;
  v_user.email := '';
  v_user.is_enabled := true;
  v_user.is_service_account := false;
  v_user.attributes := '{}';
  v_user.told := '{}';
  v_user.origin := 'event';
  v_user.version := 0;
  v_user.created_at := v_now;
  v_user.updated_at := v_now;
  v_user.display_name := left(p_external_id, 200);
  RETURN v_user;
END
$$;

-- The organizations in which decisions are made about a user: the user is a member, or has role assignments
-- there.
CREATE OR REPLACE FUNCTION shell.organizations_of(p_provider uuid, p_user text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT m.organization_id
  FROM shell.users u JOIN shell.memberships m ON m.user_id = u.id
  WHERE u.identity_provider_id = p_provider AND u.external_id = p_user
  UNION
  SELECT a.organization_id
  FROM shell.role_assignments a JOIN shell.organizations o ON o.id = a.organization_id
  WHERE a.subject = p_user COLLATE "C" AND o.identity_provider_id = p_provider;
END;

-- Notes that all policies of a user have changed.
CREATE OR REPLACE FUNCTION shell.touch_user(p_user text, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
BEGIN
  FOR v_organization IN SELECT shell.organizations_of((work ->> 'provider')::uuid, p_user)
  LOOP
    work := shell.work_touching(work, v_organization, p_user);
  END LOOP;
END
$$;

-- Before a user loses something: notes which of its organizations have administrators.
CREATE OR REPLACE FUNCTION shell.user_losing(p_user text, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
BEGIN
  FOR v_organization IN SELECT shell.organizations_of((work ->> 'provider')::uuid, p_user)
  LOOP
    work := shell.work_losing(work, v_organization);
  END LOOP;
END
$$;

-- Records an event about a user in the audit trails of the organizations that the user is a member of.
CREATE OR REPLACE FUNCTION shell.add_user_events(
  p_work jsonb, p_user shell.users, p_action text, p_metadata json
) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  SELECT shell.add_told_event(p_work, m.organization_id, p_action, 'user', (p_user).external_id, NULL, p_metadata)
  FROM shell.memberships m WHERE m.user_id = (p_user).id
$$;

-- Updates the row of a user that is known; if only stamps differ, that is not a change.
CREATE OR REPLACE FUNCTION shell.change_user(p_old shell.users, p_new shell.users, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_told jsonb := p_new.told;
BEGIN
  p_new.told := p_old.told;
  IF p_new IS DISTINCT FROM p_old THEN
    work := shell.work_counted(work);
    p_new.version := (work ->> 'counter')::bigint;
    p_new.updated_at := now();
  END IF;
  IF p_old.is_enabled AND NOT p_new.is_enabled THEN
    work := shell.user_losing(p_new.external_id, work);
  END IF;
  UPDATE shell.users u
  SET username = p_new.username, email = p_new.email, display_name = p_new.display_name,
    first_name = p_new.first_name, last_name = p_new.last_name, is_enabled = p_new.is_enabled,
    is_service_account = p_new.is_service_account, attributes = p_new.attributes,
    organization_attribute = p_new.organization_attribute, told = v_told, deleted_at = p_new.deleted_at,
    last_login_at = p_new.last_login_at, version = p_new.version, updated_at = p_new.updated_at
  WHERE u.id = p_new.id;
  IF p_new.deleted_at IS NULL AND p_new.is_enabled <> p_old.is_enabled THEN
    PERFORM shell.add_user_events(work, p_new,
      CASE WHEN p_new.is_enabled THEN 'user.enabled' ELSE 'user.disabled' END, '{}');
  END IF;
  IF (p_new.is_enabled, p_new.is_service_account, p_new.attributes)
    IS DISTINCT FROM (p_old.is_enabled, p_old.is_service_account, p_old.attributes) THEN
    work := shell.touch_user(p_new.external_id, work);
  END IF;
END
$$;

-- Applies a fact with fields of a user. `waits` is what it waits for, null if it was applied. Facts about deleted
-- or erased users were left out before.
CREATE OR REPLACE FUNCTION shell.tell_user(p_fact jsonb, INOUT work jsonb, OUT waits text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_user text := p_fact ->> 'user';
  v_stamp text := work ->> 'stamp';
  v_old shell.users;
  v_new shell.users;
  v_is_new boolean;
  v_has_names boolean;
BEGIN
  SELECT * INTO v_old FROM shell.users u
  WHERE u.identity_provider_id = v_provider AND u.external_id = v_user FOR UPDATE;
  v_is_new := v_old.id IS NULL;
  IF v_is_new THEN
    IF NOT coalesce((p_fact ->> 'creates')::boolean, false) THEN
      waits := 'user:' || v_user;
      RETURN;
    END IF;
    work := shell.work_counted(shell.user_losing(v_user, work));
    v_old := shell.untold_user(v_provider, v_user);
    v_old.origin := CASE work ->> 'source' WHEN 'sweep' THEN 'sweep' ELSE 'event' END;
    v_new := shell.user_with(v_old, p_fact, v_stamp);
    v_new.version := (work ->> 'counter')::bigint;
    INSERT INTO shell.users SELECT (v_new).*;
    work := shell.work_with(work, 'learned', to_jsonb('user:' || v_user));
    work := shell.touch_user(v_user, work);
  ELSE
    v_new := shell.user_with(v_old, p_fact, v_stamp);
    IF v_new IS DISTINCT FROM v_old THEN
      work := shell.change_user(v_old, v_new, work);
    END IF;
  END IF;
  v_has_names := shell.keep_names(v_old, p_fact, v_stamp);
  IF v_has_names THEN
    work := shell.settle_names(shell.names_of(v_new), work);
  END IF;
  IF coalesce((p_fact ->> 'creates')::boolean, false) THEN
    work := shell.settle_user(v_user, work);
  END IF;
END
$$;

-- Applies that a user logged in: at most once an hour, since only the user's document shows it.
CREATE OR REPLACE FUNCTION shell.tell_login(p_fact jsonb, p_work jsonb, OUT waits text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_at timestamptz := p_work ->> 'at';
BEGIN
  UPDATE shell.users u SET last_login_at = v_at
  WHERE u.identity_provider_id = (p_work ->> 'provider')::uuid AND u.external_id = p_fact ->> 'user'
    AND (u.last_login_at IS NULL OR u.last_login_at <= v_at - interval '1 hour');
  IF NOT FOUND AND NOT EXISTS (
    SELECT FROM shell.users u
    WHERE u.identity_provider_id = (p_work ->> 'provider')::uuid AND u.external_id = p_fact ->> 'user') THEN
    waits := 'user:' || (p_fact ->> 'user');
  END IF;
END
$$;
