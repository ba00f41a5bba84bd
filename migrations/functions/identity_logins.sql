-- Logins: they are most of the events, so they wait for no lock of others.

-- Whether an event is only the login of one user or client, apart from fields of that user.
CREATE OR REPLACE FUNCTION shell.is_login(p_facts jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN (
    SELECT coalesce(bool_or(f.fact ->> 'kind' = 'login' OR f.fact ? 'service_account')
      AND bool_and(f.fact ->> 'kind' IN ('login', 'user')) AND count(DISTINCT f.fact ->> 'user') = 1, false)
    FROM jsonb_array_elements(p_facts) f(fact));
END
$$;

-- Whether the same login of a user that is not known yet, at most an hour earlier or later, is already waiting.
CREATE OR REPLACE FUNCTION shell.is_waiting_login(p_provider uuid, p_facts jsonb, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
BEGIN
  RETURN shell.is_login(p_facts) AND EXISTS (
    SELECT FROM shell.webhook_events w
    WHERE w.identity_provider_id = p_provider AND w.status = 'waiting'
      AND w.waits_for[1] = 'user:' || (p_facts #>> '{0,user}') AND w.facts = p_facts
      AND w.occurred_at BETWEEN p_at - interval '1 hour' AND p_at + interval '1 hour');
END
$$;

-- Applies a login that reports nothing new about the user, with no other lock than that of the user's row, since
-- there are many logins. Within an hour of the last login, nothing is updated, nor for a client. False if it is
-- not such a login.
CREATE OR REPLACE FUNCTION shell.move_login(p_event shell.webhook_events) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_stamp text := shell.stamp_at(p_event.occurred_at, p_event.id);
  v_user shell.users;
  v_new shell.users;
  v_fact jsonb;
BEGIN
  SELECT * INTO v_user FROM shell.users u
  WHERE u.identity_provider_id = p_event.identity_provider_id AND u.external_id = p_event.facts #>> '{0,user}'
  FOR UPDATE;
  IF v_user.id IS NULL OR v_user.deleted_at IS NOT NULL OR v_user.erased_at IS NOT NULL THEN
    RETURN false;
  END IF;
  v_new := v_user;
  FOR v_fact IN SELECT f.fact FROM jsonb_array_elements(p_event.facts) f(fact) WHERE f.fact ->> 'kind' = 'user'
  LOOP
    v_new := shell.user_with(v_new, v_fact, v_stamp);
    IF EXISTS (SELECT FROM jsonb_object_keys(v_fact - ARRAY['kind', 'user', 'creates', 'service_account']) k(field)
      WHERE v_new.told ->> k.field IS DISTINCT FROM v_stamp) THEN
      RETURN false;
    END IF;
  END LOOP;
  v_user.told := v_new.told;
  IF v_new IS DISTINCT FROM v_user THEN
    RETURN false;
  END IF;
  IF p_event.facts @> '[{"kind": "login"}]'
    AND (v_user.last_login_at IS NULL OR v_user.last_login_at <= p_event.occurred_at - interval '1 hour') THEN
    UPDATE shell.users u SET last_login_at = p_event.occurred_at WHERE u.id = v_user.id;
  END IF;
  RETURN true;
END
$$;

-- Stores such a login and applies it. False, and nothing is stored, if it is not one or was stored before.
CREATE OR REPLACE FUNCTION shell.store_login(p_event shell.webhook_events) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  IF NOT shell.is_login(p_event.facts) THEN
    RETURN false;
  END IF;
  -- A block of its own: if the event turns out to be more, its row is undone before the changes are locked.
  BEGIN
    INSERT INTO shell.webhook_events SELECT (p_event).*
    ON CONFLICT ON CONSTRAINT webhook_events_pkey DO NOTHING;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
    IF NOT shell.move_login(p_event) THEN
      RAISE SQLSTATE 'SH001';
    END IF;
  EXCEPTION WHEN SQLSTATE 'SH001' THEN
    RETURN false;
  END;
  RETURN true;
END
$$;
