-- Reading the audit trail; each read is recorded in it.

-- An event as the API returns it, without absent members.
CREATE OR REPLACE FUNCTION shell.audit_event_document(e shell.audit_log) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object(
  'id', (e).id,
  'created_at', shell.rfc3339((e).created_at),
  'occurred_at', shell.rfc3339((e).occurred_at),
  'action', (e).action,
  'actor', json_strip_nulls(json_build_object(
    'type', (e).actor_type, 'id', (e).actor_id, 'name', (e).actor_name,
    'identity_provider', (e).actor_identity_provider)),
  'targets', (e).targets,
  'outcome', (e).outcome,
  'context', json_strip_nulls(json_build_object('ip', host((e).ip), 'user_agent', (e).user_agent,
    'request_id', (e).request_id, 'trace_id', (e).trace_id)),
  'metadata', (e).metadata,
  'recorded_by', CASE WHEN (e).recorder IS NOT NULL THEN json_build_object(
    'organization_id', (e).recorder_organization_id, 'subject', (e).recorder) END
);

-- A page of an organization's events. p_bounds has the conditions on `l` by which an index finds them, which may name
-- $1 to $7: the organization; a time before which all of them are; p_filter's `from` and `actor`; and where the page
-- before ended.
--
-- A page has three limits, and may be short or even empty although there is a rest: p_limit; 4 MB, which only its last
-- event may exceed; and, if a filter has no index, 100,000 events that are looked at, which a statement can do within
-- its time limit.
--
-- `rest` is the place after which to go on, as position (only forwards), created_at and id with spaces between: that of
-- the last event of the page, or of the last one that was looked at. It is null if nothing is left, or, forwards, if
-- nothing was found. The statement that finds the events also computes it: another statement could see more of them,
-- and count to another place.
CREATE OR REPLACE FUNCTION shell.audit_page(
  p_organization uuid, p_filter jsonb, p_bounds text, p_to timestamptz, p_is_forward boolean,
  p_position bigint, p_created_at timestamptz, p_id uuid, p_limit integer,
  OUT events text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_most_looked_at constant integer := 100000;
  v_most_bytes constant integer := 4000000;
  v_order text := CASE WHEN p_is_forward THEN 'l.position, l.created_at, l.id'
    ELSE 'l.created_at DESC, l.id DESC' END;
  v_place text := CASE WHEN p_is_forward THEN 'l.position || '' '' || ' ELSE '' END
    || 'shell.rfc3339(l.created_at) || '' '' || l.id';
  v_indexed text := ' FROM shell.audit_log l WHERE ' || p_bounds || ' ORDER BY ' || v_order;
  v_filters text := CASE WHEN p_is_forward AND p_filter ? 'actor' THEN ' AND l.actor_id = $4' ELSE '' END
    || CASE WHEN p_filter ? 'action' THEN ' AND l.action = $8' ELSE '' END
    || CASE WHEN p_filter ? 'action_prefix' THEN ' AND starts_with(l.action, $9)' ELSE '' END
    || CASE WHEN p_filter ? 'target' THEN ' AND $10 = ANY (l.target_ids)' ELSE '' END
    || CASE WHEN p_filter ? 'outcome' THEN ' AND l.outcome = $11' ELSE '' END
    || CASE WHEN p_filter ? 'request_id' THEN ' AND l.request_id = $12' ELSE '' END;
  v_found text := 'SELECT l.*' || v_indexed;
  v_rest text := CASE WHEN p_is_forward THEN '(SELECT l.place FROM page l ORDER BY l.number DESC LIMIT 1)'
    ELSE 'NULL' END;
BEGIN
  IF v_filters <> '' THEN
    v_found := format('SELECT l.* FROM (%s LIMIT %s) l WHERE true%s ORDER BY %s',
      v_found, v_most_looked_at, v_filters, v_order);
    v_rest := CASE WHEN p_is_forward
      THEN format('(SELECT %s FROM (SELECT l.position, l.created_at, l.id%s LIMIT %s) l
        ORDER BY l.position DESC, l.created_at DESC, l.id DESC LIMIT 1)', v_place, v_indexed, v_most_looked_at)
      ELSE format('(SELECT %s FROM (SELECT l.created_at, l.id%s OFFSET %s LIMIT 1) l)',
        v_place, v_indexed, v_most_looked_at - 1) END;
  END IF;
  -- Planned for exactly these filters, so that only the months that matter are opened, by the index that fits.
  EXECUTE format($q$
    WITH found AS (%1$s LIMIT $13 + 1),
    documents AS (
      SELECT row_number() OVER (ORDER BY %2$s) AS number, %3$s AS place,
        shell.audit_event_document(l)::text AS document
      FROM found l
    ),
    page AS (
      SELECT * FROM (
        SELECT d.*, sum(octet_length(d.document)) OVER (ORDER BY d.number) - octet_length(d.document) AS before
        FROM documents d
      ) d WHERE d.number <= $13 AND d.before < $14
    )
    SELECT '[' || coalesce(string_agg(p.document, ',' ORDER BY p.number), '') || ']',
      CASE WHEN count(*) < (SELECT count(*) FROM documents)
        THEN (SELECT l.place FROM page l ORDER BY l.number DESC LIMIT 1) ELSE %4$s END
    FROM page p$q$, v_found, v_order, v_place, v_rest)
    INTO events, rest
    USING p_organization, p_to, (p_filter ->> 'from')::timestamptz, p_filter ->> 'actor',
      p_position, p_created_at, p_id, p_filter ->> 'action', p_filter ->> 'action_prefix', p_filter ->> 'target',
      (p_filter ->> 'outcome')::shell.audit_outcome, p_filter ->> 'request_id', p_limit, v_most_bytes;
END
$$;

-- Records that a trail was read. This is done after reading, so that no read is on its own page.
CREATE OR REPLACE FUNCTION shell.add_audit_read(p_caller jsonb, p_organization uuid, p_targets json, p_metadata json)
RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN shell.add_caller_event(p_caller, p_organization, 'audit_event.read', p_targets, p_metadata);

-- A filter as the trail records it: with the prefix of an action as the API has it.
CREATE OR REPLACE FUNCTION shell.audit_filter_told(p_filter jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_filter - 'action_prefix' || CASE WHEN p_filter ? 'action_prefix'
  THEN jsonb_build_object('action', p_filter ->> 'action_prefix' || '*') ELSE '{}' END;

-- The events that match every filter given, newest first, at most p_limit of those before
-- (p_before_created_at, p_before_id), which is where the page before ended. `rest` is the place to go on from, as
-- those two with a space between; null at the end.
--
-- p_filter may have: from, to, actor, action, action_prefix, target, outcome, request_id.
CREATE OR REPLACE FUNCTION shell.find_audit_events(
  p_caller jsonb, p_filter jsonb, p_before_created_at text, p_before_id uuid, p_limit integer,
  OUT organization_id uuid, OUT refusal text, OUT events text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_filter jsonb := jsonb_strip_nulls(p_filter);
  v_bounds text;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  organization_id := shell.current_organization();
  -- The row comparison, for all pages but the first, prunes no partitions, hence the bound beside it.
  v_bounds := 'l.organization_id = $1 AND l.created_at < $2'
    || CASE WHEN v_filter ? 'from' THEN ' AND l.created_at >= $3' ELSE '' END
    || CASE WHEN v_filter ? 'actor' THEN ' AND l.actor_id = $4' ELSE '' END
    || CASE WHEN p_before_created_at IS NULL THEN ''
         ELSE ' AND l.created_at <= $6 AND (l.created_at, l.id) < ($6, $7)' END;
  -- Without a bound, the partitions that were created ahead would be in the plan. A day allows for a clock that
  -- was set back.
  SELECT p.events, p.rest INTO events, rest
  FROM shell.audit_page(organization_id, v_filter, v_bounds,
    coalesce((v_filter ->> 'to')::timestamptz, clock_timestamp() + interval '1 day'),
    false, NULL, p_before_created_at::timestamptz, p_before_id, p_limit) p;
  PERFORM shell.add_audit_read(p_caller, organization_id, '[]', shell.audit_filter_told(p_filter)::json);
END
$$;

-- The event with this id, the newest one if the id was used again after 35 days, or null. p_id is null
-- if the request has a text that cannot be an id.
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
  -- First found, then sorted: otherwise PostgreSQL could scan the whole trail in the order of time.
  EXECUTE 'WITH found AS MATERIALIZED (
      SELECT * FROM shell.audit_log l
      WHERE l.organization_id = $1 AND l.id = $2
    )
    SELECT (SELECT shell.audit_event_document(f) FROM found f ORDER BY f.created_at DESC LIMIT 1)::text'
    INTO event
    USING organization_id, p_id;
  PERFORM shell.add_audit_read(p_caller, organization_id,
    CASE WHEN p_id IS NULL THEN '[]'
      ELSE json_build_array(json_build_object('type', 'audit_event', 'id', p_id)) END,
    json_build_object('found', event IS NOT NULL));
END
$$;
