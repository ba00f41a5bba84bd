-- Reading a trail on from where a reader stopped, without missing an event: `order=asc`.

-- The time p_long before p_moment, as a constant in a statement: the planner excludes months only by constants.
CREATE OR REPLACE FUNCTION shell.moment_before(p_moment timestamptz, p_long interval) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN quote_literal(p_moment - p_long) || '::timestamptz';

-- The events that match every filter given, at most p_limit of those after the place that the three parameters name
-- together (all null: from the beginning), in the order of their positions. `rest` is the place of the last event that
-- was looked at, as the three with spaces between; null if there was none, and then the place has not changed.
--
-- An event's position is that of its transaction. All transactions below the oldest one in flight have ended: their
-- events are visible, and no event is added there, whatever commits later. The position of the oldest one itself is
-- never returned: after a crash, PostgreSQL reuses the ids of transactions that left nothing behind.
--
-- The assumptions that a transaction lasts less than a day, and that no clock is set back by a day, only limit which
-- months are read, and where reading from or to a time begins and ends.
CREATE OR REPLACE FUNCTION shell.follow_audit_events(
  p_caller jsonb, p_filter jsonb, p_after_position bigint, p_after_created_at text, p_after_id uuid, p_limit integer,
  OUT organization_id uuid, OUT refusal text, OUT events text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_filter jsonb := jsonb_strip_nulls(p_filter);
  v_from timestamptz := v_filter ->> 'from';
  v_to timestamptz := v_filter ->> 'to';
  v_bounds text;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  organization_id := shell.current_organization();
  v_bounds := 'l.organization_id = $1 AND l.created_at < $2
      AND l.position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        + (SELECT p.ahead FROM shell.audit_positions p)'
    -- Otherwise, the events of that month before that time would be scanned.
    || CASE WHEN v_filter ? 'from' THEN '
      AND l.created_at >= $3 AND l.position >= coalesce((
        SELECT b.position FROM shell.audit_log b
        WHERE b.organization_id = $1 AND b.created_at < ' || shell.moment_before(v_from, interval '1 day') || '
          AND b.created_at >= ' || shell.moment_before(v_from, interval '2 months') || '
        ORDER BY b.created_at DESC LIMIT 1), 0)' ELSE '' END
    || CASE WHEN v_filter ? 'to' THEN '
      AND l.position <= coalesce((
        SELECT b.position FROM shell.audit_log b
        WHERE b.organization_id = $1 AND b.created_at >= ' || shell.moment_before(v_to, interval '-1 day') || '
          AND b.created_at < ' || shell.moment_before(v_to, interval '-2 months') || '
        ORDER BY b.created_at LIMIT 1), 9223372036854775807)' ELSE '' END
    || CASE WHEN p_after_position IS NULL THEN '' ELSE '
      AND l.created_at >= ' || shell.moment_before(p_after_created_at::timestamptz, interval '1 day') || '
      AND (l.position, l.created_at, l.id) > ($5, $6, $7)' END;
  SELECT p.events, p.rest INTO events, rest
  FROM shell.audit_page(organization_id, v_filter, v_bounds,
    coalesce(v_to, clock_timestamp() + interval '1 day'),
    true, p_after_position, p_after_created_at::timestamptz, p_after_id, p_limit) p;
  PERFORM shell.add_audit_read(p_caller, organization_id, '[]',
    (shell.audit_filter_told(p_filter) || jsonb_build_object('order', 'asc'))::json);
END
$$;
