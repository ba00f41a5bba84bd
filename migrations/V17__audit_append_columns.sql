-- The events of a call are given as one text a column, which costs both sides less than an array of
-- texts; and who is let in at the very moment of appending is.

-- The texts that ASCII's unit separator stands between. An empty one is null.
CREATE OR REPLACE FUNCTION shell.unit_texts(p_texts text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN string_to_array(p_texts, E'\x1f', '');

-- As V16 has it, but for the second attempt.
CREATE OR REPLACE FUNCTION shell.record_audit_event(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_names_another boolean,
  p_random text, p_target_ids text[], p_event text[]
) RETURNS text[]
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_setting text := set_config('shell.organization_id', p_organization::text, true);
  v_organization uuid := p_organization;
  v_is_in boolean := false;
  v_slug text;
  v_refused boolean;
  v_refusal text;
  v_now timestamptz := clock_timestamp();
  v_microseconds bigint := shell.unix_microseconds(v_now);
BEGIN
  IF p_acting_for IS NOT NULL OR p_names_another THEN
    SELECT o.slug, p.slug <> p_provider OR o.status = 'suspended' INTO v_slug, v_refused
    FROM shell.organizations o JOIN shell.identity_providers p ON p.id = o.identity_provider_id
    WHERE o.id = p_organization;
    IF v_slug IS NULL OR v_refused OR (p_names_another AND v_slug <> 'platform') THEN
      v_organization := NULL;
    ELSIF p_acting_for <> v_slug THEN
      v_organization := NULL;
      IF v_slug = 'platform' THEN
        v_setting := set_config('shell.platform', 'on', true);
        SELECT o.id INTO v_organization FROM shell.organizations o WHERE o.slug = p_acting_for;
        v_setting := set_config('shell.platform', '', true);
        v_setting := set_config('shell.organization_id', v_organization::text, true);
      END IF;
    END IF;
    v_is_in := v_organization IS NOT NULL;
  END IF;

  LOOP
    INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
      actor_id, actor_name, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata,
      recorder_organization_id, recorder)
    SELECT o.id, shell.audit_id(v_microseconds, p_random), v_now, coalesce(p_event[1]::timestamptz, v_now),
      p_event[2], p_event[3], p_event[4], p_event[5], p_event[6]::json, p_target_ids,
      p_event[7]::shell.audit_outcome, p_event[8]::inet, p_event[9], p_event[10], p_event[11],
      p_event[12]::json, p_organization, p_subject
    FROM shell.organizations o JOIN shell.identity_providers p ON p.id = o.identity_provider_id
    WHERE o.id = v_organization AND (v_is_in OR (p.slug = p_provider AND o.status = 'active'));
    IF FOUND THEN
      RETURN ARRAY[v_organization::text, NULL, v_microseconds::text];
    END IF;

    -- Who is not let in is told why.
    SELECT e.organization_id, e.refusal INTO v_organization, v_refusal
    FROM shell.enter_organization(p_organization, p_provider, p_acting_for) e;
    IF v_refusal IS NULL AND p_names_another THEN
      v_refusal := shell.platforms_alone(p_organization, v_organization);
    END IF;
    IF v_refusal IS NOT NULL THEN
      RETURN ARRAY[v_organization::text, v_refusal, NULL];
    END IF;
    -- It is, since a moment ago.
    v_is_in := true;
  END LOOP;
END
$$;

-- Appends the events of a call, as shell.record_audit_events does for versions that still run. Of each
-- event, p_randoms has the last digits of the id that it gets where p_ids has none; p_contents_sha256 (in
-- hex) goes with the ids, and ASCII's group separator stands between the p_target_ids of one event.
-- p_randoms alone are never empty.
--
-- Where no id and no key was sent, `answer` is null: the events have their own ids of `recorded_at`, in
-- microseconds since the epoch, and of the microseconds after it, so that they keep their order.
CREATE OR REPLACE FUNCTION shell.record_audit_batch(
  p_organization uuid, p_provider text, p_acting_for text,
  p_subject text, p_names_another boolean, p_key text, p_body_sha256 bytea, p_randoms text,
  p_target_ids text, p_ids text, p_contents_sha256 text, p_occurred_at text, p_actions text,
  p_actor_types text, p_actor_ids text, p_actor_names text, p_targets text,
  p_outcomes text, p_ips text, p_user_agents text, p_request_ids text, p_trace_ids text,
  p_metadata text,
  OUT organization_id uuid, OUT refusal text, OUT outcome text, OUT answer text, OUT recorded_at bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_entered record;
  v_now timestamptz;
  v_ids uuid[];
  v_times timestamptz[];
  v_fresh boolean[];
  v_reused integer[];
  v_body_sha256 bytea;
  v_randoms text[] := shell.unit_texts(p_randoms);
  v_last integer := cardinality(v_randoms) - 1;
  v_may_repeat boolean := p_key IS NOT NULL OR btrim(p_ids, E'\x1f') <> '';
BEGIN
  v_entered := shell.enter_organization(p_organization, p_provider, p_acting_for);
  organization_id := v_entered.organization_id;
  refusal := v_entered.refusal;
  IF refusal IS NULL AND p_names_another THEN
    refusal := shell.platforms_alone(p_organization, organization_id);
  END IF;
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;

  v_now := clock_timestamp();
  recorded_at := shell.unix_microseconds(v_now);
  IF v_may_repeat THEN
    SELECT array_agg(coalesce(e.id::uuid, shell.audit_id(recorded_at + e.i, e.random)) ORDER BY e.i),
        array_agg(v_now + e.i * interval '1 microsecond' ORDER BY e.i) INTO v_ids, v_times
    FROM (
      SELECT generate_series(0, v_last) AS i, unnest(v_randoms) AS random,
        unnest(shell.unit_texts(p_ids)) AS id
    ) e;
    -- A block of its own, so that an id that is refused takes the claims back with it.
    BEGIN
      WHILE p_key IS NOT NULL LOOP
        -- Waits for another call with this key, and so finds its answer.
        INSERT INTO shell.audit_keys
          (organization_id, caller_organization_id, caller, key, body_sha256, created_at)
        VALUES (v_entered.organization_id, p_organization, p_subject, p_key, p_body_sha256, v_now)
        ON CONFLICT ON CONSTRAINT audit_keys_pkey DO NOTHING;
        EXIT WHEN FOUND;
        SELECT k.body_sha256, k.answer INTO v_body_sha256, answer FROM shell.audit_keys k
        WHERE k.organization_id = v_entered.organization_id
          AND k.caller_organization_id = p_organization AND k.caller = p_subject AND k.key = p_key;
        -- Else the purge has deleted it since.
        IF FOUND THEN
          outcome := 'recorded';
          IF v_body_sha256 <> p_body_sha256 THEN
            outcome := 'key_reused';
            answer := NULL;
          END IF;
          RETURN;
        END IF;
      END LOOP;
      SELECT c.times, c.fresh, c.reused INTO v_times, v_fresh, v_reused
      FROM shell.claim_audit_ids(
        v_entered.organization_id, v_ids, shell.unit_texts(p_contents_sha256), v_times) c;
      IF v_reused IS NOT NULL THEN
        RAISE SQLSTATE 'SH409';
      END IF;
    EXCEPTION WHEN SQLSTATE 'SH409' THEN
      outcome := 'id_reused';
      answer := to_json(v_reused)::text;
      RETURN;
    END;
  END IF;

  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
    actor_id, actor_name, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata,
    recorder_organization_id, recorder)
  SELECT v_entered.organization_id, e.id, e.at, coalesce(e.occurred_at::timestamptz, e.at), e.action,
    e.actor_type, e.actor_id, e.actor_name, e.targets::json,
    coalesce(string_to_array(e.target_ids, E'\x1d'), '{}'), e.outcome::shell.audit_outcome, e.ip::inet,
    e.user_agent, e.request_id, e.trace_id, e.metadata::json, p_organization, p_subject
  FROM (
    SELECT coalesce(u.known_id, shell.audit_id(recorded_at + u.i, u.random)) AS id,
      coalesce(u.known_at, v_now + u.i * interval '1 microsecond') AS at, u.*
    FROM (
      -- Of an array that is shorter, an empty text's or that of none, null follows.
      SELECT generate_series(0, v_last) AS i, unnest(v_randoms) AS random, unnest(v_ids) AS known_id,
        unnest(v_times) AS known_at, unnest(v_fresh) AS fresh,
        unnest(shell.unit_texts(p_occurred_at)) AS occurred_at,
        unnest(shell.unit_texts(p_actions)) AS action,
        unnest(shell.unit_texts(p_actor_types)) AS actor_type,
        unnest(shell.unit_texts(p_actor_ids)) AS actor_id,
        unnest(shell.unit_texts(p_actor_names)) AS actor_name,
        unnest(shell.unit_texts(p_targets)) AS targets,
        unnest(shell.unit_texts(p_target_ids)) AS target_ids,
        unnest(shell.unit_texts(p_outcomes)) AS outcome,
        unnest(shell.unit_texts(p_ips)) AS ip,
        unnest(shell.unit_texts(p_user_agents)) AS user_agent,
        unnest(shell.unit_texts(p_request_ids)) AS request_id,
        unnest(shell.unit_texts(p_trace_ids)) AS trace_id,
        unnest(shell.unit_texts(p_metadata)) AS metadata
    ) u
  ) e
  WHERE e.fresh IS NOT FALSE;

  outcome := 'recorded';
  IF v_may_repeat THEN
    answer := '[' || array_to_string(ARRAY(
      SELECT '{"id":"' || e.id || '","created_at":"' || shell.rfc3339(e.at) || '"}'
      FROM (SELECT unnest(v_ids) AS id, unnest(v_times) AS at) e), ',') || ']';
  END IF;
  IF p_key IS NOT NULL THEN
    UPDATE shell.audit_keys k SET answer = record_audit_batch.answer
    WHERE k.organization_id = v_entered.organization_id AND k.caller_organization_id = p_organization
      AND k.caller = p_subject AND k.key = p_key;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION shell.unit_texts, shell.record_audit_event, shell.record_audit_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.unit_texts, shell.record_audit_event, shell.record_audit_batch
  TO shell_runtime;
