-- Appending costs less. What is asked for, and what comes of it, stays as it was.

-- Appends one event that needs no look at earlier ones, as before. To be called by itself, as in
-- `SELECT shell.append_audit_event(…)`: in FROM, PostgreSQL keeps the result aside and reads it
-- again, for about a tenth of the whole statement.
--
-- Whoever is let in enters here, as by shell.enter_organization but without the call; why somebody
-- is not let in, that function says. Assignments are expressions, where PERFORM runs a query.
CREATE OR REPLACE FUNCTION shell.append_audit_event(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_names_another boolean,
  p_event text[]
) RETURNS text[]
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_setting text := set_config('shell.organization_id', p_organization::text, true);
  v_slug text;
  v_refused boolean;
  v_organization uuid;
  v_refusal text;
  v_now timestamptz;
  v_id uuid;
BEGIN
  SELECT o.slug, p.slug <> p_provider OR o.status = 'suspended' INTO v_slug, v_refused
  FROM shell.organizations o JOIN shell.identity_providers p ON p.id = o.identity_provider_id
  WHERE o.id = p_organization;

  IF v_slug IS NULL OR v_refused OR (p_names_another AND v_slug <> 'platform') THEN
    NULL;
  ELSIF p_acting_for IS NULL OR p_acting_for = v_slug THEN
    v_organization := p_organization;
  ELSIF v_slug = 'platform' THEN
    v_setting := set_config('shell.platform', 'on', true);
    SELECT o.id INTO v_organization FROM shell.organizations o WHERE o.slug = p_acting_for;
    v_setting := set_config('shell.platform', '', true);
    v_setting := set_config('shell.organization_id', v_organization::text, true);
  END IF;

  IF v_organization IS NULL THEN
    SELECT e.organization_id, e.refusal INTO v_organization, v_refusal
    FROM shell.enter_organization(p_organization, p_provider, p_acting_for) e;
    IF v_refusal IS NULL AND p_names_another THEN
      v_refusal := shell.platforms_alone(p_organization, v_organization);
    END IF;
    IF v_refusal IS NOT NULL THEN
      RETURN ARRAY[v_organization::text, v_refusal, NULL, NULL];
    END IF;
  END IF;

  v_now := clock_timestamp();
  v_id := shell.uuid_v7(v_now);
  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
    actor_id, actor_name, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata,
    recorder_organization_id, recorder)
  VALUES (v_organization, v_id, v_now, coalesce(p_event[1]::timestamptz, v_now), p_event[2],
    p_event[3], p_event[4], p_event[5], p_event[6]::json, shell.audit_target_ids(p_event[6]::json),
    p_event[7]::shell.audit_outcome, p_event[8]::inet, p_event[9], p_event[10], p_event[11],
    p_event[12]::json, p_organization, p_subject);
  RETURN ARRAY[v_organization::text, NULL, v_id::text, shell.rfc3339(v_now)];
END
$$;

-- Appends the events of a call, as before. An unnest in the SELECT list hands on one element after
-- the other; in FROM, each array is kept aside as rows and read again. As it keeps the order of the
-- arrays, nothing is sorted. The cast beside its unnest is done once, however often the column is
-- used.
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
  v_times := ARRAY(
    SELECT v_now + i * interval '1 microsecond'
    FROM generate_series(0, cardinality(p_actions) - 1) AS i);
  v_ids := ARRAY(
    SELECT coalesce(e.id::uuid, shell.uuid_v7(e.at))
    FROM (SELECT unnest(p_ids) AS id, unnest(v_times) AS at) e);

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
  answer := '[' || array_to_string(ARRAY(
    SELECT '{"id":"' || e.id || '","created_at":"' || shell.rfc3339(e.at) || '"}'
    FROM (SELECT unnest(v_ids) AS id, unnest(v_times) AS at) e), ',') || ']';
  IF p_key IS NOT NULL THEN
    UPDATE shell.audit_keys k SET answer = append_audit_events.answer
    WHERE k.organization_id = v_entered.organization_id AND k.caller_organization_id = p_organization
      AND k.caller = p_subject AND k.key = p_key;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION shell.append_audit_event, shell.append_audit_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.append_audit_event, shell.append_audit_events TO shell_runtime;
