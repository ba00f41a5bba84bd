-- The jobs' part of the audit trail: creating its next partitions, deleting what is no longer needed, and the jobs'
-- own events.

-- Makes the partitions from the current month (UTC) to 18 months ahead that are not there, and says
-- their names. Nothing writes into a month that is over, so none of those is made up for; on its
-- first day the month before counts as current, since a clock may be set back. There is
-- no default partition: what lies in it would keep a month from being attached or detached.
--
-- A partition is made by itself and then attached, which lets appends go on. Only the parent has
-- policies and grants: without any, nobody that they hold back gets at a partition directly.
CREATE OR REPLACE FUNCTION shell.make_audit_partitions() RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_month timestamp;
  v_name text;
BEGIN
  -- Two runs at once: the second finds what the first made. Any number that nothing else locks.
  PERFORM pg_advisory_xact_lock(91725106310659);
  FOR v_month IN
    SELECT m FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC') AS t(now),
      generate_series(date_trunc('month', now - interval '1 day'), now + interval '18 months',
        interval '1 month') AS m
  LOOP
    v_name := to_char(v_month, '"audit_log_"YYYY_MM');
    CONTINUE WHEN EXISTS (
      SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'shell.audit_log'::regclass AND c.relname = v_name);
    EXECUTE format('CREATE TABLE shell.%I (LIKE shell.audit_log INCLUDING DEFAULTS)', v_name);
    EXECUTE format('ALTER TABLE shell.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_name);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON shell.%I FROM CURRENT_USER', v_name);
    EXECUTE format(
      'CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON shell.%I
       FOR EACH STATEMENT EXECUTE FUNCTION shell.refuse_audit_change()', v_name);
    EXECUTE format('ALTER TABLE shell.audit_log ATTACH PARTITION shell.%I FOR VALUES FROM (%L) TO (%L)',
      v_name, to_char(v_month, 'YYYY-MM-DD"T00:00Z"'),
      to_char(v_month + interval '1 month', 'YYYY-MM-DD"T00:00Z"'));
    RETURN NEXT v_name;
  END LOOP;
END
$$;

-- Sees to it that new events come after all that are there, and says what it did. Only a database that was restored
-- into another cluster needs it: the ids of that cluster's transactions have nothing to do with the positions that
-- the dump brought along, and what is above them would be hidden from who reads on until they are reached.
--
-- Whoever appends waits meanwhile, so that no event is given a position by the rule that ends here. Each trail is
-- entered in turn, since nobody sees all of them at once.
CREATE OR REPLACE FUNCTION shell.settle_audit_positions() RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp SET lock_timeout = '900ms' AS $$
DECLARE
  v_cluster bigint := (SELECT c.system_identifier FROM pg_control_system() c);
  v_organization uuid;
  v_highest bigint := 0;
  v_ahead bigint;
  v_rule text := 'pg_current_xact_id()::text::bigint + ';
BEGIN
  SELECT p.ahead INTO v_ahead FROM shell.audit_positions p WHERE p.cluster <> v_cluster FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  -- A lock on its own takes the right to change events, which nobody has.
  ALTER TABLE shell.audit_log ALTER COLUMN position DROP DEFAULT;
  PERFORM shell.enter_job();
  FOR v_organization IN SELECT o.id FROM shell.organizations o LOOP
    PERFORM shell.enter_job(v_organization);
    SELECT greatest(v_highest, max(l.position)) INTO v_highest
    FROM shell.audit_log l WHERE l.organization_id = v_organization;
  END LOOP;
  -- The least that an event can be given from now on is that of the oldest transaction in flight.
  v_ahead := greatest(v_ahead, v_highest + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint);
  v_rule := v_rule || v_ahead;
  UPDATE shell.audit_positions SET ahead = v_ahead, cluster = v_cluster;
  EXECUTE 'ALTER TABLE shell.audit_log ALTER COLUMN position SET DEFAULT ' || v_rule;
  EXECUTE format('ALTER POLICY audit_log_tenant ON shell.audit_log
    WITH CHECK (organization_id = shell.current_organization() AND transaction_id = pg_current_xact_id()
      AND position = %s)', v_rule);
  EXECUTE format('ALTER POLICY audit_log_platform ON shell.audit_log
    WITH CHECK (shell.is_platform() AND transaction_id = pg_current_xact_id() AND position = %s)', v_rule);
  RETURN NEXT 'the database is in another cluster now: new audit events come after those that it had';
END
$$;

-- Deletes ids and keys older than 35 days, at most p_most of each, and says how many. What another
-- run is deleting is left to it.
CREATE OR REPLACE FUNCTION shell.purge_audit_ids(p_most integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_before timestamptz := clock_timestamp() - interval '35 days';
  v_ids bigint;
  v_keys bigint;
BEGIN
  PERFORM shell.enter_job();
  DELETE FROM shell.audit_ids WHERE ctid = ANY (ARRAY(
    SELECT i.ctid FROM shell.audit_ids i WHERE i.created_at < v_before
    ORDER BY i.created_at LIMIT p_most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_ids = ROW_COUNT;
  DELETE FROM shell.audit_keys WHERE ctid = ANY (ARRAY(
    SELECT k.ctid FROM shell.audit_keys k WHERE k.created_at < v_before
    ORDER BY k.created_at LIMIT p_most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_keys = ROW_COUNT;
  RETURN v_ids + v_keys;
END
$$;

-- Writes an event of a job into platform's trail, as soon as there is platform.
CREATE OR REPLACE FUNCTION shell.record_job_event(p_job text, p_action text, p_metadata text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM shell.enter_job();
  PERFORM shell.add_audit_event(o.id, p_action, 'job', p_job, '[]', NULL, p_metadata::json)
  FROM shell.organizations o WHERE o.slug = 'platform';
END
$$;
