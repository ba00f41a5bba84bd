-- The inbox of what identity providers tell: each event once, what came of it, and what Redis is to be told.

-- Applies one fact. `waits` is what it waits for, null where it was applied.
CREATE OR REPLACE FUNCTION shell.apply_fact(p_fact jsonb, INOUT work jsonb, OUT waits text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_told record;
BEGIN
  CASE p_fact ->> 'kind'
    WHEN 'user' THEN v_told := shell.tell_user(p_fact, work);
    WHEN 'login' THEN v_told := shell.tell_login(p_fact, work);
    ELSE RETURN;
  END CASE;
  work := v_told.work;
  waits := v_told.waits;
END
$$;

-- Applies the facts of an event: those that cannot be yet are told by what they wait for, the others are applied.
CREATE OR REPLACE FUNCTION shell.apply_facts(
  p_facts jsonb, p_stamp text, INOUT work jsonb, OUT waits text[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_fact jsonb;
  v_applied record;
BEGIN
  waits := '{}';
  work := work || jsonb_build_object('stamp', p_stamp, 'at', shell.stamp_time(p_stamp));
  FOR v_fact IN SELECT f.fact FROM jsonb_array_elements(p_facts) f(fact)
  LOOP
    v_applied := shell.apply_fact(v_fact, work);
    work := v_applied.work;
    IF v_applied.waits IS NOT NULL AND v_applied.waits <> ALL (waits) THEN
      waits := waits || v_applied.waits;
    END IF;
  END LOOP;
END
$$;

-- Applies the waiting events that waited for what was learned, and those that waited for what they bring.
CREATE OR REPLACE FUNCTION shell.apply_waiting(INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_learned text[];
  v_event record;
  v_applied record;
BEGIN
  LOOP
    v_learned := ARRAY(SELECT jsonb_array_elements_text(work -> 'learned'));
    EXIT WHEN v_learned = '{}';
    work := work - 'learned';
    FOR v_event IN
      SELECT w.source, w.id, w.facts, shell.stamp_of(
        (extract(epoch FROM w.occurred_at) * 1000)::bigint, w.id) AS stamp
      FROM shell.webhook_events w
      WHERE w.identity_provider_id = (work ->> 'provider')::uuid AND w.status = 'waiting'
        AND w.waits_for && v_learned
      ORDER BY 4
    LOOP
      v_applied := shell.apply_facts(v_event.facts, v_event.stamp, work);
      work := v_applied.work;
      UPDATE shell.webhook_events w
      SET status = CASE WHEN v_applied.waits = '{}' THEN 'applied' ELSE 'waiting' END,
        waits_for = nullif(v_applied.waits, '{}')
      WHERE w.identity_provider_id = (work ->> 'provider')::uuid AND w.source = v_event.source
        AND w.id = v_event.id;
    END LOOP;
  END LOOP;
END
$$;

-- What Redis is to be told of the work, as the inbox keeps it; null where nothing changed that it holds.
CREATE OR REPLACE FUNCTION shell.touched_by(p_work jsonb) RETURNS jsonb
LANGUAGE sql STABLE SECURITY INVOKER
RETURN CASE WHEN p_work ->> 'counter' IS NOT NULL THEN jsonb_build_object(
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
  'organizations', (
    SELECT coalesce(jsonb_agg(DISTINCT t.id), '[]')
    FROM jsonb_array_elements(coalesce(p_work -> 'voided', '[]') || coalesce(p_work -> 'renamed', '[]')) t(id)))
END;

-- Stores an event, unless it is known, and applies it. p_event: {id, type, time, facts}, `time` in milliseconds;
-- or with `ignored`: true; or with `failed`, the reason why there are no facts. `status` and `reason` say what
-- came of it. A repeated one answers as the first did, and with what Redis is to be told, since the first may not
-- have got so far. `change` and `touched` are null where there is nothing to tell.
--
-- Whoever changes something locks the changes first. What only moves a login, or is kept and not applied, waits
-- for nobody.
CREATE OR REPLACE FUNCTION shell.receive_event(
  p_provider text, p_source text, p_inbox_id uuid, p_event jsonb,
  OUT status text, OUT reason text, OUT is_repeated boolean, OUT change text, OUT touched text, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid;
  v_id text := p_event ->> 'id';
  v_time bigint := p_event ->> 'time';
  v_at timestamptz := to_timestamp((p_event ->> 'time')::bigint / 1000.0);
  v_facts jsonb := coalesce(p_event -> 'facts', '[]');
  v_setting text;
  v_counter bigint;
  v_applied record;
  v_work jsonb;
  v_known shell.webhook_events;
BEGIN
  SELECT p.id INTO v_provider FROM shell.identity_providers p WHERE p.slug = p_provider;
  is_repeated := false;
  IF v_provider IS NULL THEN
    status := 'failed';
    reason := 'unknown_provider';
    RETURN;
  END IF;
  v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
  v_setting := set_config('shell.syncing', 'on', true);
  v_setting := set_config('shell.platform', 'on', true);

  IF (p_event ->> 'failed') IS NOT NULL THEN
    status := 'failed';
    reason := p_event ->> 'failed';
  ELSIF coalesce((p_event ->> 'ignored')::boolean, false) THEN
    status := 'ignored';
  ELSIF v_at > clock_timestamp() + interval '5 minutes' THEN
    status := 'failed';
    reason := 'ahead_of_time';
  ELSIF v_at < clock_timestamp() - interval '30 days' THEN
    status := 'ignored';
    reason := 'too_old';
  ELSE
    v_counter := shell.lock_changes();
  END IF;

  INSERT INTO shell.webhook_events (identity_provider_id, source, id, inbox_id, type, occurred_at, facts, status, reason)
  VALUES (v_provider, p_source, v_id, p_inbox_id, p_event ->> 'type', v_at, v_facts,
    coalesce(receive_event.status, 'applied'), receive_event.reason)
  ON CONFLICT ON CONSTRAINT webhook_events_pkey DO NOTHING;
  IF NOT FOUND THEN
    is_repeated := true;
    SELECT * INTO v_known FROM shell.webhook_events w
    WHERE w.identity_provider_id = v_provider AND w.source = p_source AND w.id = v_id;
    status := v_known.status;
    reason := v_known.reason;
    IF v_known.touched IS NOT NULL THEN
      SELECT c.counter INTO v_counter FROM shell.changes c;
      v_work := v_known.touched;
    END IF;
  ELSIF status IS NULL THEN
    v_applied := shell.apply_facts(v_facts, shell.stamp_of(v_time, v_id),
      jsonb_build_object('provider', v_provider, 'slug', p_provider));
    status := CASE WHEN v_applied.waits = '{}' THEN 'applied' ELSE 'waiting' END;
    v_work := shell.apply_waiting(v_applied.work);
    warnings := v_work ->> 'warnings';
    v_counter := v_work ->> 'counter';
    v_work := shell.touched_by(v_work);
    UPDATE shell.webhook_events w
    SET status = receive_event.status, waits_for = nullif(v_applied.waits, '{}'), touched = v_work
    WHERE w.identity_provider_id = v_provider AND w.source = p_source AND w.id = v_id;
  END IF;
  IF v_work IS NOT NULL THEN
    change := shell.change_to_tell(v_counter, ARRAY(
      SELECT t.id::uuid FROM jsonb_array_elements_text(v_work -> 'organizations') t(id)));
    touched := (v_work - 'organizations')::text;
  END IF;
  v_setting := set_config('shell.identity_provider_id', '', true);
  v_setting := set_config('shell.syncing', '', true);
  v_setting := set_config('shell.platform', '', true);
END
$$;
