-- The functions of the `replay` job: retrying the failed and waiting events of the inbox.

-- Retries, in the order in which they were stored, up to p_most such events after p_after, an inbox_id, or from
-- the first one if that is null. `next` is where to continue, null at the end. `applied`, `waiting` and `failed`
-- count the results, `ignored` the events of users that were deleted meanwhile; `unreadable` are those that
-- failed without facts, which only their provider can send again. `warnings` are for the log, as in receiving.
--
-- All of it is at most one change. Redis is not notified of it, which begins a new epoch, as after seeding.
CREATE OR REPLACE FUNCTION shell.replay_events(
  p_most integer, p_after uuid,
  OUT next uuid, OUT applied bigint, OUT waiting bigint, OUT failed bigint, OUT ignored bigint,
  OUT unreadable bigint, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_work jsonb := '{}';
  v_event shell.webhook_events;
  v_seen integer := 0;
BEGIN
  PERFORM shell.enter_job();
  PERFORM shell.lock_changes();
  applied := 0;
  waiting := 0;
  failed := 0;
  ignored := 0;
  unreadable := 0;
  FOR v_event IN
    SELECT * FROM shell.webhook_events w
    WHERE w.status IN ('waiting', 'failed') AND (p_after IS NULL OR w.inbox_id > p_after)
    ORDER BY w.inbox_id LIMIT p_most
  LOOP
    v_seen := v_seen + 1;
    next := v_event.inbox_id;
    IF v_event.facts = '[]' THEN
      unreadable := unreadable + 1;
      CONTINUE;
    ELSIF v_event.occurred_at > clock_timestamp() + interval '5 minutes' THEN
      failed := failed + 1;
      CONTINUE;
    END IF;
    v_work := shell.enter_provider(v_event.identity_provider_id, v_work);
    v_work := shell.work_lost(shell.apply_waiting(shell.apply_event(v_event, v_work))) - 'administered';
    SELECT w.* INTO v_event FROM shell.webhook_events w
    WHERE w.identity_provider_id = v_event.identity_provider_id AND w.source = v_event.source AND w.id = v_event.id;
    CASE v_event.status
      WHEN 'applied' THEN applied := applied + 1;
      WHEN 'waiting' THEN waiting := waiting + 1;
      WHEN 'ignored' THEN ignored := ignored + 1;
      ELSE failed := failed + 1;
    END CASE;
  END LOOP;
  IF v_seen < p_most THEN
    next := NULL;
  END IF;
  warnings := v_work ->> 'warnings';
END
$$;
