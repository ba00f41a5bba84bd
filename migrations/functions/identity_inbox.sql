-- Reading the inbox of the identity providers' events: for platform, and without the events' content.

-- The events with a status, or with any if p_status is null, the newest first: at most p_limit of those before
-- the one that p_before names. `rest` names the last one if more follow.
CREATE OR REPLACE FUNCTION shell.list_webhook_events(
  p_caller jsonb, p_status text, p_before uuid, p_limit integer,
  OUT refusal text, OUT items text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before uuid := coalesce(p_before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  WITH found AS (
    -- Only one of the two runs; each has an index that gives its order.
    (SELECT e.* FROM shell.webhook_events e
      WHERE p_status IS NULL AND e.inbox_id < v_before ORDER BY e.inbox_id DESC LIMIT p_limit + 1)
    UNION ALL
    (SELECT e.* FROM shell.webhook_events e
      WHERE e.status = p_status AND e.inbox_id < v_before ORDER BY e.inbox_id DESC LIMIT p_limit + 1)
  ), page AS (
    SELECT f.* FROM found f ORDER BY f.inbox_id DESC LIMIT p_limit
  )
  SELECT
    coalesce(json_agg(json_build_object('id', f.inbox_id, 'provider', p.slug, 'source', f.source, 'event_id', f.id,
      'type', f.type, 'occurred_at', shell.rfc3339(f.occurred_at), 'received_at', shell.rfc3339(f.received_at),
      'status', f.status, 'reason', f.reason) ORDER BY f.inbox_id DESC), '[]')::text,
    CASE WHEN (SELECT count(*) FROM found) > p_limit THEN min(f.inbox_id::text) END
  INTO items, rest
  FROM page f JOIN shell.identity_providers p ON p.id = f.identity_provider_id;
END
$$;
