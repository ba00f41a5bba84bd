-- Appending to the audit trail: everything of a call or nothing, and once.

-- A UUIDv7 of that time: its first 48 bits are the milliseconds, 74 others are random.
CREATE OR REPLACE FUNCTION shell.uuid_v7(p_at timestamptz) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(set_bit(set_bit(
    overlay(uuid_send(gen_random_uuid())
      PLACING substring(int8send(floor(extract(epoch FROM p_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
  52, 1), 53, 1), 'hex')::uuid;

-- The time that a UUIDv7 was made at, to the millisecond; null for another UUID.
CREATE OR REPLACE FUNCTION shell.uuid_v7_time(p_id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN substr(p_id::text, 15, 1) = '7' THEN to_timestamp(
  ('x' || substr(p_id::text, 1, 8) || substr(p_id::text, 10, 4))::bit(48)::bigint / 1000.0) END;

-- The ids that events can be searched by, out of their targets. Most events have one or none: for
-- these it is a plain expression, while a function with a query inside is started for each event.
CREATE OR REPLACE FUNCTION shell.many_audit_target_ids(p_targets json) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT t.target ->> 'id' FROM json_array_elements(p_targets) AS t(target));

CREATE OR REPLACE FUNCTION shell.audit_target_ids(p_targets json) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE json_array_length(p_targets)
  WHEN 0 THEN '{}'
  WHEN 1 THEN ARRAY[p_targets #>> '{0,id}']
  ELSE shell.many_audit_target_ids(p_targets)
END;

-- Why a caller of p_organization that entered p_entered may not do what platform alone may, or null.
CREATE OR REPLACE FUNCTION shell.platforms_alone(p_organization uuid, p_entered uuid) RETURNS text
LANGUAGE sql STABLE
-- A caller that acts for another organization is platform's.
RETURN CASE WHEN p_entered = p_organization AND NOT EXISTS (
  SELECT FROM shell.organizations o WHERE o.id = p_organization AND o.slug = 'platform')
  THEN 'not_granted' END;

-- Appends one event that needs no look at earlier ones: without an id and an Idempotency-Key, as
-- most are. It costs little more than the INSERT, thanks to few parameters, one result and nothing
-- returned by the INSERT itself; shell.append_audit_events does the same for all calls.
--
-- p_event: occurred_at, action, actor's type, id and name, targets, outcome, ip, user agent, request
-- id, trace id, metadata. The result: organization_id, refusal, id, created_at.
CREATE OR REPLACE FUNCTION shell.append_audit_event(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_names_another boolean,
  p_event text[]
) RETURNS text[]
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_entered record;
  v_now timestamptz;
  v_id uuid;
BEGIN
  v_entered := shell.enter_organization(p_organization, p_provider, p_acting_for);
  IF v_entered.refusal IS NULL AND p_names_another THEN
    v_entered.refusal := shell.platforms_alone(p_organization, v_entered.organization_id);
  END IF;
  IF v_entered.refusal IS NOT NULL THEN
    RETURN ARRAY[v_entered.organization_id::text, v_entered.refusal, NULL, NULL];
  END IF;
  v_now := clock_timestamp();
  v_id := shell.uuid_v7(v_now);
  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
    actor_id, actor_name, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata,
    recorder_organization_id, recorder)
  VALUES (v_entered.organization_id, v_id, v_now, coalesce(p_event[1]::timestamptz, v_now), p_event[2],
    p_event[3], p_event[4], p_event[5], p_event[6]::json, shell.audit_target_ids(p_event[6]::json),
    p_event[7]::shell.audit_outcome, p_event[8]::inet, p_event[9], p_event[10], p_event[11],
    p_event[12]::json, p_organization, p_subject);
  RETURN ARRAY[v_entered.organization_id::text, NULL, v_id::text, shell.rfc3339(v_now)];
END
$$;

-- Claims the ids that callers chose for the events of a call; an event without p_contents_sha256 has
-- one that the Shell made. `fresh` says which events are to be written; `times` are theirs, and for
-- an id known with the same content the known event's. `reused` has the 0-based positions of ids
-- known with another content, or given by the Shell to another event; then nothing may be kept.
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
    -- In the order of the ids: two calls with the same ones never wait for each other in a circle.
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
    -- Else the purge deleted, before it was read, what the insert ran into.
    EXIT WHEN v_all_known;
  END LOOP;

  -- The Shell's own ids are registered nowhere. One of the last 35 days is found by the time in it;
  -- after that, as with any id, a repeat is a new event.
  SELECT min(t.at), max(t.at) INTO v_first, v_last
  FROM unnest(p_ids, p_contents_sha256, fresh) AS e(id, content, fresh), shell.uuid_v7_time(e.id) AS t(at)
  WHERE e.content IS NOT NULL AND e.fresh
    AND t.at BETWEEN clock_timestamp() - interval '35 days' AND clock_timestamp() + interval '1 day';
  IF v_first IS NOT NULL THEN
    -- Planned for these very times: no other partition is even opened.
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

-- Appends the events of a call. The arrays have one element an event, and one that has none but
-- nulls may be null itself. A null id: the Shell makes one. p_contents_sha256 (in hex) belongs to
-- ids, p_body_sha256 to p_key.
--
-- `outcome` is `recorded`, of a repeat too, with `answer` as [{id, created_at}] in the order of the
-- events; `key_reused`; or `id_reused`, with the 0-based positions in `answer`.
CREATE OR REPLACE FUNCTION shell.append_audit_events(
  p_organization uuid, p_provider text, p_acting_for text,
  p_subject text, p_names_another boolean, p_key text, p_body_sha256 bytea,
  p_ids text[], p_contents_sha256 text[], p_occurred_at text[], p_actions text[],
  p_actor_types text[], p_actor_ids text[], p_actor_names text[], p_targets text[],
  p_outcomes text[], p_ips text[], p_user_agents text[], p_request_ids text[], p_trace_ids text[],
  p_metadata text[],
  OUT organization_id uuid, OUT refusal text, OUT outcome text, OUT answer text
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
  -- A microsecond apart: the events of a call keep their order.
  SELECT array_agg(coalesce(e.id::uuid, shell.uuid_v7(e.at)) ORDER BY e.position),
      array_agg(e.at ORDER BY e.position)
    INTO v_ids, v_times
  FROM (
    SELECT a.id, a.position, v_now + (a.position - 1) * interval '1 microsecond' AS at
    FROM unnest(p_ids, p_actions) WITH ORDINALITY AS a(id, action, position)
  ) e;

  IF p_key IS NOT NULL OR array_remove(p_ids, NULL) <> '{}' THEN
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
      FROM shell.claim_audit_ids(v_entered.organization_id, v_ids, p_contents_sha256, v_times) c;
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
    e.actor_type, e.actor_id, e.actor_name, e.targets::json, shell.audit_target_ids(e.targets::json),
    e.outcome::shell.audit_outcome, e.ip::inet, e.user_agent, e.request_id, e.trace_id, e.metadata::json,
    p_organization, p_subject
  FROM unnest(v_ids, v_times, v_fresh, p_occurred_at, p_actions, p_actor_types, p_actor_ids,
    p_actor_names, p_targets, p_outcomes, p_ips, p_user_agents, p_request_ids, p_trace_ids, p_metadata)
    AS e(id, at, fresh, occurred_at, action, actor_type, actor_id,
      actor_name, targets, outcome, ip, user_agent, request_id, trace_id, metadata)
  WHERE e.fresh IS NOT FALSE;

  outcome := 'recorded';
  SELECT '[' || string_agg(format('{"id":"%s","created_at":"%s"}', e.id, shell.rfc3339(e.at)), ','
      ORDER BY e.position) || ']' INTO answer
  FROM unnest(v_ids, v_times) WITH ORDINALITY AS e(id, at, position);
  IF p_key IS NOT NULL THEN
    UPDATE shell.audit_keys k SET answer = append_audit_events.answer
    WHERE k.organization_id = v_entered.organization_id AND k.caller_organization_id = p_organization
      AND k.caller = p_subject AND k.key = p_key;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION shell.uuid_v7, shell.uuid_v7_time, shell.many_audit_target_ids, shell.audit_target_ids,
  shell.platforms_alone, shell.append_audit_event,
  shell.claim_audit_ids, shell.append_audit_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.uuid_v7, shell.uuid_v7_time, shell.many_audit_target_ids, shell.audit_target_ids,
  shell.platforms_alone, shell.append_audit_event,
  shell.claim_audit_ids, shell.append_audit_events TO shell_runtime;
