-- Reading the audit trail, which is written down in it.

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

-- The events that match every filter given, newest first, at most p_limit of those before
-- (p_before_created_at, p_before_id), which is where the page before ended. `rest` says where to go on, as
-- those two with a space between; null at the end. The read is written down after it has been done, so
-- that it is on no page of its own.
--
-- p_filter may have: from, to, actor, action, action_prefix (a beginning), target, outcome, request_id.
--
-- A page is bounded threefold, and may be short or even empty with a rest: by p_limit; by 4 MB, of
-- which it exceeds at most one event; and, where a filter has no index, by 100,000 events looked at,
-- which is what a statement can do within its time.
CREATE OR REPLACE FUNCTION shell.find_audit_events(
  p_caller jsonb, p_filter jsonb, p_before_created_at text, p_before_id uuid, p_limit integer,
  OUT organization_id uuid, OUT refusal text, OUT events text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_most_looked_at constant integer := 100000;
  v_most_bytes constant integer := 4000000;
  -- Without a bound, the partitions made ahead would be in the plan. A day is room for a clock that
  -- was set back.
  v_to timestamptz := coalesce((p_filter ->> 'to')::timestamptz, clock_timestamp() + interval '1 day');
  v_indexed text;
  v_filters text;
  v_source text;
  v_order constant text := ' ORDER BY l.created_at DESC, l.id DESC';
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  organization_id := shell.current_organization();
  -- Planned for these very filters: only the months that matter are opened, by the index that fits.
  -- The row comparison of the second part of a walk prunes nothing, hence the bound beside it.
  v_indexed := ' FROM shell.audit_log l WHERE l.organization_id = $1 AND l.created_at < $2'
    || CASE WHEN p_filter ->> 'from' IS NULL THEN '' ELSE ' AND l.created_at >= $3' END
    || CASE WHEN p_filter ->> 'actor' IS NULL THEN '' ELSE ' AND l.actor_id = $4' END
    || CASE WHEN p_before_created_at IS NULL THEN ''
         ELSE ' AND l.created_at <= $10 AND (l.created_at, l.id) < ($10, $11)' END
    || v_order;
  v_filters := CASE WHEN p_filter ->> 'action' IS NULL THEN '' ELSE ' AND l.action = $5' END
    || CASE WHEN p_filter ->> 'action_prefix' IS NULL THEN '' ELSE ' AND starts_with(l.action, $6)' END
    || CASE WHEN p_filter ->> 'target' IS NULL THEN '' ELSE ' AND $7 = ANY (l.target_ids)' END
    || CASE WHEN p_filter ->> 'outcome' IS NULL THEN '' ELSE ' AND l.outcome = $8' END
    || CASE WHEN p_filter ->> 'request_id' IS NULL THEN '' ELSE ' AND l.request_id = $9' END;
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
    USING organization_id, v_to, (p_filter ->> 'from')::timestamptz, p_filter ->> 'actor',
      p_filter ->> 'action', p_filter ->> 'action_prefix', p_filter ->> 'target',
      (p_filter ->> 'outcome')::shell.audit_outcome, p_filter ->> 'request_id',
      p_before_created_at::timestamptz, p_before_id, p_limit, v_most_bytes, '['::text, ','::text, ''::text, ']'::text, ' '::text;
  IF rest IS NULL AND v_filters <> '' THEN
    EXECUTE 'SELECT shell.rfc3339(l.created_at) || $5 || l.id FROM (SELECT l.created_at, l.id' || v_indexed
        || ' OFFSET $12 LIMIT 1) l'
      INTO rest
      USING organization_id, v_to, (p_filter ->> 'from')::timestamptz, p_filter ->> 'actor', ' '::text, NULL::text, NULL::text,
        NULL::text, NULL::text, p_before_created_at::timestamptz, p_before_id, v_most_looked_at - 1;
  END IF;
  PERFORM shell.add_audit_event(organization_id, 'audit_event.read', 'user', p_caller ->> 'subject', '[]',
    p_caller ->> 'request_id', (p_filter - 'action_prefix' || CASE
      WHEN p_filter ? 'action_prefix'
        THEN jsonb_build_object('action', p_filter ->> 'action_prefix' || '*')
      ELSE '{}' END)::json);
END
$$;

-- The event with that id, the newest where an id was used again after 35 days; else null. p_id is null
-- where what was asked for cannot be an id.
CREATE OR REPLACE FUNCTION shell.get_audit_event(
  p_caller jsonb, p_id uuid,
  OUT organization_id uuid, OUT refusal text, OUT event text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  organization_id := shell.current_organization();
  -- Found first and sorted then: else PostgreSQL could walk the whole trail by its time.
  EXECUTE 'WITH found AS MATERIALIZED (
      SELECT * FROM shell.audit_log l
      WHERE l.organization_id = $1 AND l.id = $2
    )
    SELECT (SELECT shell.audit_event_document(f) FROM found f ORDER BY f.created_at DESC LIMIT 1)::text'
    INTO event
    USING organization_id, p_id;
  PERFORM shell.add_audit_event(organization_id, 'audit_event.read', 'user', p_caller ->> 'subject',
    CASE WHEN p_id IS NULL THEN '[]'
      ELSE json_build_array(json_build_object('type', 'audit_event', 'id', p_id)) END,
    p_caller ->> 'request_id', json_build_object('found', event IS NOT NULL));
END
$$;
