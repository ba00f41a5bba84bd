-- Appending costs less: what the component can know by itself is given, and policies start no
-- sub-queries.

-- A sub-query in a policy is set up anew for every statement, which costs more than to ask for the
-- setting itself, in each row that is looked at, unless there are hundreds. The functions are inlined,
-- so that indexes serve these policies as they served the others.
ALTER POLICY organizations_tenant ON shell.organizations USING (id = shell.current_organization());
ALTER POLICY organizations_platform ON shell.organizations USING (shell.is_platform());
ALTER POLICY audit_log_tenant ON shell.audit_log USING (organization_id = shell.current_organization());

-- The id that the Shell gives an event: the UUIDv7 (RFC 9562, section 5.7) of the moment, in
-- microseconds since the epoch, with the fraction of its millisecond in 12 bits (section 6.2, method 3).
-- p_random are its last 16 hexadecimal digits. The component makes the same of the same.
CREATE OR REPLACE FUNCTION shell.audit_id(p_microseconds bigint, p_random text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('0' || to_hex(p_microseconds / 1000) || '7'
  || right('00' || to_hex(p_microseconds % 1000 * 4096 / 1000), 3) || p_random)::uuid;

CREATE OR REPLACE FUNCTION shell.unix_microseconds(p_at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (extract(epoch FROM p_at) * 1000000)::bigint;

-- Appends one event that needs no look at earlier ones, as shell.append_audit_event does for versions
-- that still run. To be called by itself, as in `SELECT shell.record_audit_event(…)`.
--
-- A caller in its own organization, as most are, is let in by the very statement that writes. Answers
-- the organization, why the caller was refused, and when the event was recorded, in microseconds since
-- the epoch; its id follows from that.
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
  IF v_refusal IS NULL THEN
    RAISE EXCEPTION 'the caller is let in since a moment ago' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN ARRAY[v_organization::text, v_refusal, NULL];
END
$$;

-- Appends the events of a call, as shell.append_audit_events does for versions that still run. p_ids
-- are those that the caller chose, with p_contents_sha256 (in hex); of the others, p_randoms are the
-- last digits.
--
-- Where no id and no key was sent, `answer` is null: the events have their own ids of `recorded_at`, in
-- microseconds since the epoch, and of the microseconds after it.
CREATE OR REPLACE FUNCTION shell.record_audit_events(
  p_organization uuid, p_provider text, p_acting_for text,
  p_subject text, p_names_another boolean, p_key text, p_body_sha256 bytea, p_randoms text[],
  p_ids text[], p_contents_sha256 text[], p_occurred_at text[], p_actions text[],
  p_actor_types text[], p_actor_ids text[], p_actor_names text[], p_targets text[],
  p_outcomes text[], p_ips text[], p_user_agents text[], p_request_ids text[], p_trace_ids text[],
  p_metadata text[],
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
  v_may_repeat boolean := p_key IS NOT NULL OR array_remove(p_ids, NULL) <> '{}';
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
  -- A microsecond apart: the events of a call keep their order.
  v_times := ARRAY(
    SELECT v_now + i * interval '1 microsecond'
    FROM generate_series(0, cardinality(p_actions) - 1) AS i);
  v_ids := ARRAY(
    SELECT coalesce(e.id::uuid, shell.audit_id(recorded_at + e.i, e.random))
    FROM (
      SELECT unnest(p_ids) AS id, unnest(p_randoms) AS random,
        generate_series(0, cardinality(p_actions) - 1) AS i
    ) e);

  IF v_may_repeat THEN
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
    e.actor_type, e.actor_id, e.actor_name, e.targets, shell.audit_target_ids(e.targets),
    e.outcome::shell.audit_outcome, e.ip::inet, e.user_agent, e.request_id, e.trace_id, e.metadata::json,
    p_organization, p_subject
  FROM (
    SELECT unnest(v_ids) AS id, unnest(v_times) AS at, unnest(v_fresh) AS fresh,
      unnest(p_occurred_at) AS occurred_at, unnest(p_actions) AS action,
      unnest(p_actor_types) AS actor_type, unnest(p_actor_ids) AS actor_id,
      unnest(p_actor_names) AS actor_name, unnest(p_targets)::json AS targets,
      unnest(p_outcomes) AS outcome, unnest(p_ips) AS ip, unnest(p_user_agents) AS user_agent,
      unnest(p_request_ids) AS request_id, unnest(p_trace_ids) AS trace_id,
      unnest(p_metadata) AS metadata
  ) e
  WHERE e.fresh IS NOT FALSE;

  outcome := 'recorded';
  IF v_may_repeat THEN
    answer := '[' || array_to_string(ARRAY(
      SELECT '{"id":"' || e.id || '","created_at":"' || shell.rfc3339(e.at) || '"}'
      FROM (SELECT unnest(v_ids) AS id, unnest(v_times) AS at) e), ',') || ']';
  END IF;
  IF p_key IS NOT NULL THEN
    UPDATE shell.audit_keys k SET answer = record_audit_events.answer
    WHERE k.organization_id = v_entered.organization_id AND k.caller_organization_id = p_organization
      AND k.caller = p_subject AND k.key = p_key;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION shell.audit_id, shell.unix_microseconds, shell.record_audit_event,
  shell.record_audit_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.audit_id, shell.unix_microseconds, shell.record_audit_event,
  shell.record_audit_events TO shell_runtime;
