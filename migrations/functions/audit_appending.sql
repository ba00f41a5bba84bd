-- Appending to the audit trail: all events of a call or none, and each only once.

-- Appends one event that need not be compared with earlier ones: without an id and an Idempotency-Key, as most
-- events are. It must be called by itself, as in `SELECT shell.record_audit_event(…)`: in FROM, PostgreSQL stores the
-- result and reads it again, which takes about a tenth of the time of the whole statement.
--
-- p_event: occurred_at, action, actor's type, id and name, targets, outcome, ip, user agent, request
-- id, trace id, metadata. Returns the organization, why the caller was refused, and when the event was
-- recorded, in microseconds since the epoch; its id follows from that and from p_random.
CREATE OR REPLACE FUNCTION shell.record_audit_event(
  p_caller jsonb, p_random text, p_target_ids text[], p_event text[]
) RETURNS text[]
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  refusal text := shell.enter(p_caller);
  v_now timestamptz;
  v_microseconds bigint;
BEGIN
  IF refusal IS NOT NULL THEN
    RETURN ARRAY[NULL, refusal, NULL];
  END IF;
  v_now := clock_timestamp();
  v_microseconds := shell.unix_microseconds(v_now);
  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
    actor_id, actor_name, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata,
    recorder_organization_id, recorder)
  VALUES (shell.current_organization(), shell.audit_id(v_microseconds, p_random), v_now,
    coalesce(p_event[1]::timestamptz, v_now), p_event[2], p_event[3], p_event[4], p_event[5],
    p_event[6]::json, p_target_ids, p_event[7]::shell.audit_outcome, p_event[8]::inet, p_event[9],
    p_event[10], p_event[11], p_event[12]::json, (p_caller ->> 'organization')::uuid,
    p_caller ->> 'subject');
  RETURN ARRAY[current_setting('shell.organization_id'), NULL, v_microseconds::text];
END
$$;

-- Splits texts that are separated by ASCII's unit separator. An empty one is null.
CREATE OR REPLACE FUNCTION shell.unit_texts(p_texts text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN string_to_array(p_texts, E'\x1f', '');

-- Claims the ids that callers chose for the events of a call; an event without p_contents_sha256 has
-- an id that the Shell made. `fresh` says which events are to be written; `times` has their times, and for
-- an id that is known with the same content the time of the known event. `reused` has the 0-based positions of ids
-- that are known with another content, or that the Shell gave to another event; then everything must be rolled back.
CREATE OR REPLACE FUNCTION shell.claim_audit_ids(
  p_organization uuid, p_ids uuid[], p_contents_sha256 text[], p_times timestamptz[],
  OUT times timestamptz[], OUT fresh boolean[], OUT reused integer[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_all_fresh boolean;
  v_all_known boolean;
  v_first timestamptz;
  v_last timestamptz;
BEGIN
  times := p_times;
  LOOP
    -- In the order of the ids, so that two calls with the same ids never deadlock.
    WITH claimed AS (
      INSERT INTO shell.audit_ids AS a (organization_id, id, content_sha256, created_at)
      SELECT p_organization, e.id, decode(e.content, 'hex'), e.at
      FROM unnest(p_ids, p_contents_sha256, p_times, fresh) AS e(id, content, at, fresh)
      WHERE e.content IS NOT NULL AND e.fresh IS NOT TRUE
      ORDER BY e.id
      ON CONFLICT ON CONSTRAINT audit_ids_pkey DO NOTHING
      RETURNING a.id
    )
    SELECT array_agg(f.fresh ORDER BY f.position), bool_and(f.fresh) INTO fresh, v_all_fresh
    FROM (
      SELECT e.content IS NULL OR e.fresh IS TRUE OR c.id IS NOT NULL AS fresh, e.position
      FROM unnest(p_ids, p_contents_sha256, fresh) WITH ORDINALITY AS e(id, content, fresh, position)
      LEFT JOIN claimed c ON c.id = e.id
    ) f;
    EXIT WHEN v_all_fresh;

    SELECT array_agg(CASE WHEN e.fresh THEN e.at ELSE a.created_at END ORDER BY e.position),
        array_agg(e.position - 1 ORDER BY e.position)
          FILTER (WHERE NOT e.fresh AND a.content_sha256 <> decode(e.content, 'hex')),
        bool_and(e.fresh OR a.id IS NOT NULL)
      INTO times, reused, v_all_known
    FROM unnest(p_ids, p_contents_sha256, p_times, fresh) WITH ORDINALITY
      AS e(id, content, at, fresh, position)
    LEFT JOIN shell.audit_ids a ON a.organization_id = p_organization AND a.id = e.id;
    -- Otherwise the purge deleted the row that the insert conflicted with before it was read: try again.
    EXIT WHEN v_all_known;
  END LOOP;

  -- Ids that the Shell made are not in audit_ids. One of the last 35 days is found by the time in it;
  -- after that, as with any id, a repeated event is a new one.
  SELECT min(t.at), max(t.at) INTO v_first, v_last
  FROM unnest(p_ids, p_contents_sha256, fresh) AS e(id, content, fresh), shell.uuid_v7_time(e.id) AS t(at)
  WHERE e.content IS NOT NULL AND e.fresh
    AND t.at BETWEEN clock_timestamp() - interval '35 days' AND clock_timestamp() + interval '1 day';
  IF v_first IS NOT NULL THEN
    -- Planned for exactly these times, so that no other partition is even opened.
    EXECUTE 'SELECT nullif(ARRAY(
        SELECT unnest($6) UNION ALL
        SELECT e.position::integer - 1
        FROM unnest($2, $3) WITH ORDINALITY AS e(id, fresh, position)
        JOIN shell.audit_log l ON l.id = e.id
        WHERE e.fresh AND l.organization_id = $1 AND l.id = ANY ($2)
          AND l.created_at >= $4 AND l.created_at < $5
        ORDER BY 1), $7)'
      INTO reused
      USING p_organization, p_ids, fresh, v_first, v_last + interval '2 milliseconds', reused, '{}'::integer[];
  END IF;
END
$$;

-- Appends the events of a call. Each column is one text, which costs both sides less than an array of texts. For each
-- event, p_randoms has the last digits of the id that the event gets if p_ids has none; p_contents_sha256 (in hex)
-- belongs to the ids, and ASCII's group separator separates the p_target_ids of one event. Only p_randoms is never
-- empty.
--
-- If no id and no key was sent, `answer` is null: the ids of the events are made of `recorded_at`, in microseconds
-- since the epoch, and of the microseconds after it, so that the events keep their order. Otherwise `answer` is
-- [{id, created_at}] in the order of the events, also for a repeated call. `outcome` is `recorded`; `key_reused`; or
-- `id_reused`, with the 0-based positions in `answer`.
CREATE OR REPLACE FUNCTION shell.record_audit_batch(
  p_caller jsonb, p_key text, p_body_sha256 bytea, p_randoms text,
  p_target_ids text, p_ids text, p_contents_sha256 text, p_occurred_at text, p_actions text,
  p_actor_types text, p_actor_ids text, p_actor_names text, p_targets text,
  p_outcomes text, p_ips text, p_user_agents text, p_request_ids text, p_trace_ids text,
  p_metadata text,
  OUT organization_id uuid, OUT refusal text, OUT outcome text, OUT answer text, OUT recorded_at bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_caller_organization uuid := p_caller ->> 'organization';
  v_subject text := p_caller ->> 'subject';
  v_organization uuid;
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
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  organization_id := v_organization;

  v_now := clock_timestamp();
  recorded_at := shell.unix_microseconds(v_now);
  IF v_may_repeat THEN
    SELECT array_agg(coalesce(e.id::uuid, shell.audit_id(recorded_at + e.i, e.random)) ORDER BY e.i),
        array_agg(v_now + e.i * interval '1 microsecond' ORDER BY e.i) INTO v_ids, v_times
    FROM (
      SELECT generate_series(0, v_last) AS i, unnest(v_randoms) AS random,
        unnest(shell.unit_texts(p_ids)) AS id
    ) e;
    -- A separate block, so that the claims are rolled back if an id is refused.
    BEGIN
      WHILE p_key IS NOT NULL LOOP
        -- Waits for another call with this key if one is running, and then finds its answer.
        INSERT INTO shell.audit_keys
          (organization_id, caller_organization_id, caller, key, body_sha256, created_at)
        VALUES (v_organization, v_caller_organization, v_subject, p_key, p_body_sha256, v_now)
        ON CONFLICT ON CONSTRAINT audit_keys_pkey DO NOTHING;
        EXIT WHEN FOUND;
        SELECT k.body_sha256, k.answer INTO v_body_sha256, answer FROM shell.audit_keys k
        WHERE k.organization_id = v_organization
          AND k.caller_organization_id = v_caller_organization AND k.caller = v_subject AND k.key = p_key;
        -- Otherwise the purge has deleted it in the meantime: try again.
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
        v_organization, v_ids, shell.unit_texts(p_contents_sha256), v_times) c;
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
  SELECT v_organization, e.id, e.at, coalesce(e.occurred_at::timestamptz, e.at), e.action,
    e.actor_type, e.actor_id, e.actor_name, e.targets::json,
    coalesce(string_to_array(e.target_ids, E'\x1d'), '{}'), e.outcome::shell.audit_outcome, e.ip::inet,
    e.user_agent, e.request_id, e.trace_id, e.metadata::json, v_caller_organization, v_subject
  FROM (
    SELECT coalesce(u.known_id, shell.audit_id(recorded_at + u.i, u.random)) AS id,
      coalesce(u.known_at, v_now + u.i * interval '1 microsecond') AS at, u.*
    FROM (
      -- Arrays that are shorter, since their text is empty or null, are padded with nulls.
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
    WHERE k.organization_id = v_organization
      AND k.caller_organization_id = v_caller_organization AND k.caller = v_subject AND k.key = p_key;
  END IF;
END
$$;
