-- The jobs' part of the audit trail: creating its next partitions, deleting what is no longer needed, and the jobs'
-- own events.

-- Creates the missing partitions from the current month (UTC) to 18 months ahead, and returns their names. Nothing
-- writes into a past month, so that those are not created afterwards; on the first day of a month, the month before
-- counts as current, too, since a clock may be set back. There is no default partition: rows in it would keep a month
-- from being attached or detached.
--
-- A partition is created as a separate table and then attached, so that appends go on. Only the parent has policies
-- and grants: as a partition has none, roles that the policies restrict cannot access it directly.
CREATE OR REPLACE FUNCTION shell.make_audit_partitions() RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_month timestamp;
  v_name text;
BEGIN
  -- Of two runs at once, the second finds what the first created. The number is arbitrary; nothing else locks it.
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

-- Gives new events positions after those of all existing events, and returns what it did. Only a database that was
-- restored into another cluster needs this: the transaction ids of that cluster are unrelated to the positions in the
-- dump, and events with positions above these ids would be hidden from readers that read on until the ids reach them.
--
-- Appends wait meanwhile, so that no event gets a position by the old rule. Each trail is entered in turn, since no
-- role sees all of them at once.
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
  -- This also locks the table: LOCK TABLE would need the right to change events, which nobody has.
  ALTER TABLE shell.audit_log ALTER COLUMN position DROP DEFAULT;
  PERFORM shell.enter_job();
  FOR v_organization IN SELECT o.id FROM shell.organizations o LOOP
    PERFORM shell.enter_job(v_organization);
    SELECT greatest(v_highest, max(l.position)) INTO v_highest
    FROM shell.audit_log l WHERE l.organization_id = v_organization;
  END LOOP;
  -- The lowest position that an event can get from now on is that of the oldest transaction in flight.
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

-- Deletes ids and keys older than 35 days, at most p_most of each, and returns how many. Rows that another
-- run is deleting are skipped.
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

-- Records an event of a job in platform's trail, if the organization platform exists.
CREATE OR REPLACE FUNCTION shell.record_job_event(p_job text, p_action text, p_metadata text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM shell.enter_job();
  PERFORM shell.add_audit_event(o.id, p_action, 'job', p_job, '[]', NULL, p_metadata::json)
  FROM shell.organizations o WHERE o.slug = 'platform';
END
$$;
