-- Reading the audit trail, which is written down in it, and the events of the Shell's own.

-- Writes an event of the Shell's own into the trail of an organization. p_actor and p_targets are
-- as in the contract. The caller is responsible for p_organization; the tenant that it had entered
-- is entered again afterwards.
CREATE OR REPLACE FUNCTION shell.add_audit_event(
  p_organization uuid, p_action text, p_actor_type text, p_actor_id text, p_targets json,
  p_request_id text, p_metadata json
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before text := current_setting('shell.organization_id', true);
  v_now timestamptz := clock_timestamp();
BEGIN
  PERFORM set_config('shell.organization_id', p_organization::text, true);
  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
    actor_id, targets, target_ids, outcome, request_id, metadata)
  VALUES (p_organization, shell.uuid_v7(v_now), v_now, v_now, p_action, p_actor_type,
    p_actor_id, p_targets, shell.audit_target_ids(p_targets), 'success', p_request_id, p_metadata);
  PERFORM set_config('shell.organization_id', coalesce(v_before, ''), true);
END
$$;

-- An event as the contract has it; what is absent is left out.
CREATE OR REPLACE FUNCTION shell.audit_event_document(e shell.audit_log) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object(
  'id', (e).id,
  'created_at', shell.rfc3339((e).created_at),
  'occurred_at', shell.rfc3339((e).occurred_at),
  'action', (e).action,
  'actor', json_strip_nulls(json_build_object(
    'type', (e).actor_type, 'id', (e).actor_id, 'name', (e).actor_name)),
  'targets', (e).targets,
  'outcome', (e).outcome,
  'context', json_strip_nulls(json_build_object('ip', host((e).ip), 'user_agent', (e).user_agent,
    'request_id', (e).request_id, 'trace_id', (e).trace_id)),
  'metadata', (e).metadata,
  'recorded_by', CASE WHEN (e).recorder IS NOT NULL THEN json_build_object(
    'organization_id', (e).recorder_organization_id, 'subject', (e).recorder) END
);

-- Enters a tenant, as shell.enter_organization does, for what platform alone may read in it.
CREATE OR REPLACE FUNCTION shell.enter_audit_reading(
  p_organization uuid, p_provider text, p_acting_for text,
  OUT organization_id uuid, OUT refusal text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT e.organization_id, e.refusal INTO organization_id, refusal
  FROM shell.enter_organization(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NULL THEN
    refusal := shell.platforms_alone(p_organization, organization_id);
  END IF;
END
$$;

-- The events that match every filter given, newest first, at most p_limit of those before
-- (p_before_created_at, p_before_id), which is where the page before ended. p_action is exact,
-- p_action_prefix a beginning. `rest` says where to go on, as those two with a space between; null at
-- the end. The read is written down after it has been done, so that it is on no page of its own.
--
-- A page is bounded threefold, and may be short or even empty with a rest: by p_limit; by 4 MB, of
-- which it exceeds at most one event; and, where a filter has no index, by 100,000 events looked at,
-- which is what a statement can do within its time.
CREATE OR REPLACE FUNCTION shell.find_audit_events(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_reader_request_id text,
  p_from text, p_to text, p_actor text, p_action text, p_action_prefix text, p_target text,
  p_outcome text, p_request_id text, p_before_created_at text, p_before_id uuid, p_limit integer,
  OUT organization_id uuid, OUT refusal text, OUT events text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_most_looked_at constant integer := 100000;
  v_most_bytes constant integer := 4000000;
  -- Without a bound, the partitions made ahead would be in the plan. A day is room for a clock that
  -- was set back.
  v_to timestamptz := coalesce(p_to::timestamptz, clock_timestamp() + interval '1 day');
  v_indexed text;
  v_filters text;
  v_source text;
  v_order constant text := ' ORDER BY l.created_at DESC, l.id DESC';
BEGIN
  SELECT e.organization_id, e.refusal INTO organization_id, refusal
  FROM shell.enter_audit_reading(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  -- Planned for these very filters: only the months that matter are opened, by the index that fits.
  -- The row comparison of the second part of a walk prunes nothing, hence the bound beside it.
  v_indexed := ' FROM shell.audit_log l WHERE l.organization_id = $1 AND l.created_at < $2'
    || CASE WHEN p_from IS NULL THEN '' ELSE ' AND l.created_at >= $3' END
    || CASE WHEN p_actor IS NULL THEN '' ELSE ' AND l.actor_id = $4' END
    || CASE WHEN p_before_created_at IS NULL THEN ''
         ELSE ' AND l.created_at <= $10 AND (l.created_at, l.id) < ($10, $11)' END
    || v_order;
  v_filters := CASE WHEN p_action IS NULL THEN '' ELSE ' AND l.action = $5' END
    || CASE WHEN p_action_prefix IS NULL THEN '' ELSE ' AND starts_with(l.action, $6)' END
    || CASE WHEN p_target IS NULL THEN '' ELSE ' AND $7 = ANY (l.target_ids)' END
    || CASE WHEN p_outcome IS NULL THEN '' ELSE ' AND l.outcome = $8' END
    || CASE WHEN p_request_id IS NULL THEN '' ELSE ' AND l.request_id = $9' END;
  v_source := 'SELECT l.*' || v_indexed;
  IF v_filters <> '' THEN
    v_source := format('SELECT l.* FROM (%s LIMIT %s) l WHERE true%s%s',
      v_source, v_most_looked_at, v_filters, v_order);
  END IF;
  EXECUTE 'WITH found AS (' || v_source || ' LIMIT $12 + 1),
    documents AS (
      SELECT row_number() OVER (ORDER BY l.created_at DESC, l.id DESC) AS position,
        l.created_at, l.id, shell.audit_event_document(l)::text AS document
      FROM found l
    ),
    page AS (
      SELECT * FROM (
        SELECT d.*, sum(octet_length(d.document)) OVER (ORDER BY d.position) - octet_length(d.document) AS before
        FROM documents d
      ) d WHERE d.position <= $12 AND d.before < $13
    )
    SELECT $14 || coalesce(string_agg(p.document, $15 ORDER BY p.position), $16) || $17,
      CASE WHEN count(*) < (SELECT count(*) FROM documents) THEN (
        SELECT shell.rfc3339(l.created_at) || $18 || l.id FROM page l ORDER BY l.position DESC LIMIT 1) END
    FROM page p'
    INTO events, rest
    USING organization_id, v_to, p_from::timestamptz, p_actor, p_action, p_action_prefix, p_target,
      p_outcome::shell.audit_outcome, p_request_id, p_before_created_at::timestamptz, p_before_id,
      p_limit, v_most_bytes, '['::text, ','::text, ''::text, ']'::text, ' '::text;
  IF rest IS NULL AND v_filters <> '' THEN
    EXECUTE 'SELECT shell.rfc3339(l.created_at) || $5 || l.id FROM (SELECT l.created_at, l.id' || v_indexed
        || ' OFFSET $12 LIMIT 1) l'
      INTO rest
      USING organization_id, v_to, p_from::timestamptz, p_actor, ' '::text, NULL::text, NULL::text,
        NULL::text, NULL::text, p_before_created_at::timestamptz, p_before_id, v_most_looked_at - 1;
  END IF;
  PERFORM shell.add_audit_event(organization_id, 'audit_event.read', 'user', p_subject, '[]',
    p_reader_request_id, json_strip_nulls(json_build_object('from', p_from, 'to', p_to,
      'actor', p_actor, 'action', coalesce(p_action, p_action_prefix || '*'), 'target', p_target,
      'outcome', p_outcome, 'request_id', p_request_id)));
END
$$;

-- The event with that id, the newest where an id was used again after 35 days; else null. p_id is null
-- where what was asked for cannot be an id.
CREATE OR REPLACE FUNCTION shell.get_audit_event(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_reader_request_id text,
  p_id uuid,
  OUT organization_id uuid, OUT refusal text, OUT event text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT e.organization_id, e.refusal INTO organization_id, refusal
  FROM shell.enter_audit_reading(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  -- Found first and sorted then: else PostgreSQL could walk the whole trail by its time.
  EXECUTE 'WITH found AS MATERIALIZED (
      SELECT * FROM shell.audit_log l
      WHERE l.organization_id = $1 AND l.id = $2
    )
    SELECT (SELECT shell.audit_event_document(f) FROM found f ORDER BY f.created_at DESC LIMIT 1)::text'
    INTO event
    USING organization_id, p_id;
  PERFORM shell.add_audit_event(organization_id, 'audit_event.read', 'user', p_subject,
    CASE WHEN p_id IS NULL THEN '[]'
      ELSE json_build_array(json_build_object('type', 'audit_event', 'id', p_id)) END,
    p_reader_request_id, json_build_object('found', event IS NOT NULL));
END
$$;

-- What the jobs call: writes an event of a job into platform's trail, as soon as there is platform.
CREATE OR REPLACE FUNCTION shell.record_job_event(p_job text, p_action text, p_metadata text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_platform uuid;
BEGIN
  PERFORM set_config('shell.platform', 'on', true);
  SELECT o.id INTO v_platform FROM shell.organizations o WHERE o.slug = 'platform';
  PERFORM set_config('shell.platform', '', true);
  IF v_platform IS NOT NULL THEN
    PERFORM shell.add_audit_event(v_platform, p_action, 'job', p_job, '[]', NULL, p_metadata::json);
  END IF;
END
$$;

REVOKE ALL ON FUNCTION shell.add_audit_event, shell.audit_event_document, shell.enter_audit_reading,
  shell.find_audit_events, shell.get_audit_event, shell.record_job_event FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.add_audit_event, shell.audit_event_document,
  shell.enter_audit_reading, shell.find_audit_events, shell.get_audit_event TO shell_runtime;
