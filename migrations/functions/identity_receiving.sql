-- The inbox of the identity providers' events: each event is stored and applied once, with its result, and with what
-- to invalidate in Redis.

-- Applies one fact. `waits` is what it waits for, null if it was applied.
CREATE OR REPLACE FUNCTION shell.apply_fact(p_fact jsonb, INOUT work jsonb, OUT waits text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  CASE p_fact ->> 'kind'
    WHEN 'user' THEN SELECT t.work, t.waits INTO work, waits FROM shell.tell_user(p_fact, work) t;
    WHEN 'login' THEN waits := shell.tell_login(p_fact, work);
    WHEN 'membership' THEN SELECT t.work, t.waits INTO work, waits FROM shell.tell_membership(p_fact, work) t;
    WHEN 'user_deleted' THEN work := shell.tell_user_deleted(p_fact, work);
    WHEN 'group', 'group_deleted' THEN work := shell.tell_group(p_fact, work);
    WHEN 'group_member' THEN work := shell.tell_group_member(p_fact, work);
    WHEN 'link' THEN PERFORM shell.tell_link(p_fact, work);
    WHEN 'organization', 'organization_deleted' THEN work := shell.tell_organization(p_fact, work);
    WHEN 'revocation' THEN work := shell.tell_revocation(p_fact, work);
    WHEN 'not_before' THEN work := shell.tell_not_before(p_fact, work);
    WHEN 'password_reset' THEN work := shell.tell_password_reset(p_fact, work);
    WHEN 'client' THEN work := shell.tell_client(p_fact, work);
    ELSE RAISE EXCEPTION 'an event has a fact of the unknown kind "%"', p_fact ->> 'kind';
  END CASE;
END
$$;

-- Applies the facts of an event, first those of organizations, which count changes by themselves. Facts that
-- cannot be applied yet are returned with what they wait for; the others are applied. `facts` are those that may
-- be stored, `status` and `reason` are the result of the event.
CREATE OR REPLACE FUNCTION shell.apply_facts(
  p_stamp text, INOUT facts jsonb, INOUT work jsonb, OUT status text, OUT reason text, OUT waits text[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_kept record;
  v_fact jsonb;
  v_applied record;
BEGIN
  waits := '{}';
  work := work || jsonb_build_object('stamp', p_stamp, 'at', shell.stamp_time(p_stamp));
  v_kept := shell.keep_facts(facts, work);
  facts := v_kept.facts;
  work := v_kept.work;
  reason := v_kept.reason;
  FOR v_fact IN
    SELECT f.fact FROM jsonb_array_elements(facts) WITH ORDINALITY f(fact, place)
    ORDER BY f.fact ->> 'kind' NOT LIKE 'organization%', f.place
  LOOP
    v_applied := shell.apply_fact(v_fact, work);
    work := v_applied.work;
    IF v_applied.waits IS NOT NULL AND v_applied.waits <> ALL (waits) THEN
      waits := waits || v_applied.waits;
    END IF;
  END LOOP;
  facts := shell.found_facts(facts, work -> 'found');
  work := work - 'found';
  status := CASE WHEN reason IS NOT NULL THEN 'ignored' WHEN waits <> '{}' THEN 'waiting' ELSE 'applied' END;
  waits := nullif(waits, '{}');
END
$$;

-- Applies an event of the inbox, under the lock of the changes, and stores the result. If a row cannot hold a value,
-- the event has failed and nothing of it is applied; a retry would not change that.
CREATE OR REPLACE FUNCTION shell.apply_event(p_event shell.webhook_events, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_applied record;
  v_constraint text;
  v_message text;
BEGIN
  BEGIN
    SELECT a.* INTO v_applied
    FROM shell.apply_facts(shell.stamp_at(p_event.occurred_at, p_event.id), p_event.facts,
      work || jsonb_build_object('source', p_event.source)) a;
    work := v_applied.work;
  EXCEPTION WHEN data_exception OR integrity_constraint_violation OR raise_exception THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME, v_message = MESSAGE_TEXT;
    -- A partition of the audit trail is missing: that is not an error in the event.
    IF SQLSTATE = '23514' AND v_constraint = '' THEN
      RAISE;
    END IF;
    -- The constraint name 'reason' marks an error that is raised here on purpose, with the reason as its message.
    SELECT p_event.facts, 'failed' AS status,
      CASE WHEN v_constraint = 'reason' THEN v_message ELSE 'cannot_be_applied (' || SQLSTATE || ')' END AS reason,
      NULL::text[] AS waits INTO v_applied;
  END;
  UPDATE shell.webhook_events w
  SET facts = v_applied.facts, status = v_applied.status, reason = v_applied.reason, waits_for = v_applied.waits
  WHERE w.identity_provider_id = p_event.identity_provider_id AND w.source = p_event.source AND w.id = p_event.id;
END
$$;

-- Applies the waiting events that waited for what was learned, and those that waited for what these bring. If an
-- event waits for several names or users, the first one decides when it is retried. If there are more events than
-- a statement can process, the latest ones are applied, whose fields take precedence; the others wait for the
-- `replay` job.
CREATE OR REPLACE FUNCTION shell.apply_waiting(INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_left integer := 300;
  v_learned text[];
  v_event shell.webhook_events;
BEGIN
  LOOP
    v_learned := ARRAY(SELECT jsonb_array_elements_text(work -> 'learned'));
    EXIT WHEN v_learned = '{}';
    work := work - 'learned';
    FOR v_event IN
      SELECT * FROM shell.webhook_events w
      WHERE w.identity_provider_id = (work ->> 'provider')::uuid AND w.status = 'waiting'
        AND w.waits_for[1] = ANY (v_learned)
      ORDER BY w.occurred_at DESC, w.id DESC LIMIT v_left
    LOOP
      v_left := v_left - 1;
      work := shell.apply_event(v_event, work);
    END LOOP;
  END LOOP;
END
$$;

-- What to invalidate in Redis after the work, as the inbox stores it; null if nothing changed that Redis holds, and
-- nothing was revoked.
CREATE OR REPLACE FUNCTION shell.touched_by(p_work jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
BEGIN
  IF p_work ->> 'counter' IS NULL AND NOT p_work ? 'revocations' THEN
    RETURN NULL;
  END IF;
  RETURN jsonb_build_object(
    'policies', (
      SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object(
        'id', o.id, 'slug', o.slug, 'subject', t.policy ->> 'subject')), '[]')
      FROM jsonb_array_elements(p_work -> 'policies') t(policy)
      JOIN shell.organizations o ON o.id = (t.policy ->> 'organization')::uuid),
    'voided', p_work ? 'voided',
    'namings', p_work ? 'renamed',
    'cutoffs', (
      SELECT coalesce(jsonb_agg(DISTINCT t.cutoff || jsonb_build_object('provider', p_work ->> 'slug')), '[]')
      FROM jsonb_array_elements(p_work -> 'cutoffs') t(cutoff)),
    'revocations', coalesce(p_work -> 'revocations', '[]'),
    'organizations', (
      SELECT coalesce(jsonb_agg(DISTINCT t.id), '[]')
      FROM jsonb_array_elements(coalesce(p_work -> 'voided', '[]') || coalesce(p_work -> 'renamed', '[]')) t(id)));
END
$$;

-- Stores an event, unless it is known, and applies it. p_event: {id, type, time, facts}, `time` in milliseconds;
-- or with `ignored`: true; or with `failed`, the reason why there are no facts. `status` and `reason` are the
-- result. A duplicate gets the answer of the first one, and what to invalidate in Redis, since the first one may
-- have failed before that. `change` and `touched` are null if there is nothing to invalidate.
--
-- An event that changes something locks the changes first, then is stored, then locks a user's row. An event that
-- only updates a login, or is stored and not applied, does not lock the changes. An event that is never applied
-- is stored without its facts.
CREATE OR REPLACE FUNCTION shell.receive_event(
  p_provider text, p_source text, p_inbox_id uuid, p_event jsonb,
  OUT status text, OUT reason text, OUT is_repeated boolean, OUT change text, OUT touched text, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_work jsonb;
  v_counter bigint;
  v_setting text;
  v_is_stored boolean := false;
  v_event shell.webhook_events;
BEGIN
  SELECT p.id INTO v_event.identity_provider_id FROM shell.identity_providers p WHERE p.slug = p_provider;
  IF v_event.identity_provider_id IS NULL THEN
    RAISE EXCEPTION 'there is no identity provider "%"', p_provider;
  END IF;
  v_work := shell.enter_provider(v_event.identity_provider_id, '{}');
  v_event.source := p_source;
  v_event.id := p_event ->> 'id';
  v_event.inbox_id := p_inbox_id;
  v_event.type := p_event ->> 'type';
  v_event.occurred_at := to_timestamp((p_event ->> 'time')::bigint / 1000.0);
  v_event.received_at := clock_timestamp();
  v_event.facts := shell.stored_facts(v_event.identity_provider_id, coalesce(p_event -> 'facts', '[]'));
  IF p_event ->> 'failed' IS NOT NULL THEN
    v_event.status := 'failed';
    v_event.reason := p_event ->> 'failed';
    v_event.facts := '[]';
  ELSIF coalesce((p_event ->> 'ignored')::boolean, false) THEN
    v_event.status := 'ignored';
    v_event.facts := '[]';
  ELSIF v_event.occurred_at < v_event.received_at - interval '30 days' THEN
    v_event.status := 'ignored';
    v_event.reason := 'too_old';
    v_event.facts := '[]';
  ELSIF v_event.occurred_at > v_event.received_at + interval '5 minutes' THEN
    v_event.status := 'failed';
    v_event.reason := 'ahead_of_time';
    IF shell.gone_users(v_event.identity_provider_id, v_event.facts) <> '{}' THEN
      v_event.facts := '[]';
    END IF;
  ELSIF shell.is_waiting_login(v_event.identity_provider_id, v_event.facts, v_event.occurred_at) THEN
    v_event.status := 'waiting';
  ELSE
    v_event.status := 'applied';
  END IF;

  is_repeated := false;
  IF v_event.status = 'applied' THEN
    v_is_stored := shell.store_login(v_event);
    IF NOT v_is_stored THEN
      PERFORM shell.lock_changes();
    END IF;
  END IF;
  IF v_event.status <> 'waiting' AND NOT v_is_stored THEN
    INSERT INTO shell.webhook_events SELECT (v_event).*
    ON CONFLICT ON CONSTRAINT webhook_events_pkey DO NOTHING;
    is_repeated := NOT FOUND;
    IF is_repeated THEN
      SELECT * INTO v_event FROM shell.webhook_events w
      WHERE w.identity_provider_id = v_event.identity_provider_id AND w.source = p_source AND w.id = v_event.id;
    ELSIF v_event.status = 'applied' THEN
      v_work := shell.work_lost(shell.apply_waiting(shell.apply_event(v_event, v_work)));
      UPDATE shell.webhook_events w SET touched = shell.touched_by(v_work)
      WHERE w.identity_provider_id = v_event.identity_provider_id AND w.source = p_source AND w.id = v_event.id
      RETURNING * INTO v_event;
    END IF;
  END IF;

  status := v_event.status;
  reason := v_event.reason;
  warnings := v_work ->> 'warnings';
  IF v_event.touched IS NOT NULL THEN
    -- If nothing changed now, the counter includes what changed before.
    v_counter := coalesce((v_work ->> 'counter')::bigint, (SELECT c.counter FROM shell.changes c));
    change := shell.change_to_tell(v_counter, ARRAY(
      SELECT t.id::uuid FROM jsonb_array_elements_text(v_event.touched -> 'organizations') t(id)));
    touched := (v_event.touched - 'organizations')::text;
  END IF;
  v_setting := set_config('shell.identity_provider_id', '', true);
  v_setting := set_config('shell.syncing', '', true);
  v_setting := set_config('shell.platform', '', true);
END
$$;
