-- The audit trail: what it is kept in, that it only grows, and its partitions.

DO $type$
BEGIN
  CREATE TYPE shell.audit_outcome AS ENUM ('success', 'failure', 'denied');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

-- No foreign key: an append would lock its organization's row, and a trail outlives what it is of.
--
-- `metadata` and `targets` are json, not jsonb, so that they come back as they were sent.
-- The recorder is the caller who appended the event, whoever the actor is; null: the Shell itself.
-- `transaction_id` lets a reader tell what is still to come: rows become visible in another order
-- than `created_at` has them.
CREATE TABLE IF NOT EXISTS shell.audit_log (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  occurred_at timestamptz NOT NULL,
  action text COLLATE "C" NOT NULL,
  actor_type text COLLATE "C" NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  actor_name text,
  targets json NOT NULL,
  target_ids text[] NOT NULL,
  outcome shell.audit_outcome NOT NULL,
  ip inet,
  user_agent text,
  request_id text COLLATE "C",
  trace_id text COLLATE "C",
  metadata json NOT NULL,
  recorder_organization_id uuid,
  recorder text COLLATE "C",
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT audit_log_pkey PRIMARY KEY (organization_id, created_at, id)
) PARTITION BY RANGE (created_at);
CREATE INDEX IF NOT EXISTS audit_log_id_idx ON shell.audit_log (organization_id, id);
CREATE INDEX IF NOT EXISTS audit_log_actor_idx
  ON shell.audit_log (organization_id, actor_id, created_at);

-- The ids that callers chose, and the keys under which they repeat a call. Uniqueness cannot stand
-- on the partitioned table, whose every key holds the time. Purged when older than 35 days.
CREATE TABLE IF NOT EXISTS shell.audit_ids (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  content_sha256 bytea NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT audit_ids_pkey PRIMARY KEY (organization_id, id)
);
CREATE INDEX IF NOT EXISTS audit_ids_created_at_idx ON shell.audit_ids (created_at);

-- The caller is a person of its own organization, whomever it acts for. `answer` is null only
-- within the transaction that claims the key.
CREATE TABLE IF NOT EXISTS shell.audit_keys (
  organization_id uuid NOT NULL,
  caller_organization_id uuid NOT NULL,
  caller text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  body_sha256 bytea NOT NULL,
  answer text,
  created_at timestamptz NOT NULL,
  CONSTRAINT audit_keys_pkey PRIMARY KEY (organization_id, caller_organization_id, caller, key)
);
CREATE INDEX IF NOT EXISTS audit_keys_created_at_idx ON shell.audit_keys (created_at);

ALTER TABLE shell.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.audit_log FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS audit_log_tenant ON shell.audit_log;
CREATE POLICY audit_log_tenant ON shell.audit_log
  USING (organization_id = (SELECT shell.current_organization()));

ALTER TABLE shell.audit_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.audit_ids FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS audit_ids_tenant ON shell.audit_ids;
CREATE POLICY audit_ids_tenant ON shell.audit_ids
  USING (organization_id = (SELECT shell.current_organization()));
DROP POLICY IF EXISTS audit_ids_platform ON shell.audit_ids;
CREATE POLICY audit_ids_platform ON shell.audit_ids
  USING ((SELECT shell.is_platform()));

ALTER TABLE shell.audit_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.audit_keys FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS audit_keys_tenant ON shell.audit_keys;
CREATE POLICY audit_keys_tenant ON shell.audit_keys
  USING (organization_id = (SELECT shell.current_organization()));
DROP POLICY IF EXISTS audit_keys_platform ON shell.audit_keys;
CREATE POLICY audit_keys_platform ON shell.audit_keys
  USING ((SELECT shell.is_platform()));

GRANT SELECT, INSERT ON shell.audit_ids, shell.audit_keys TO shell_runtime;
-- Every column but transaction_id, which is nobody's to choose.
GRANT SELECT, INSERT (organization_id, id, created_at, occurred_at, action, actor_type, actor_id,
  actor_name, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata,
  recorder_organization_id, recorder) ON shell.audit_log TO shell_runtime;
GRANT UPDATE (answer) ON shell.audit_keys TO shell_runtime;

-- The owner may not either; who grants it to itself again, or is a superuser, meets the triggers.
REVOKE UPDATE, DELETE, TRUNCATE ON shell.audit_log FROM CURRENT_USER;

CREATE OR REPLACE FUNCTION shell.refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
  RAISE EXCEPTION 'the audit log only grows: % of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege',
          HINT = 'What must go leaves with its whole partition: detach it.';
END
$$;

CREATE OR REPLACE TRIGGER audit_log_only_grows
  BEFORE UPDATE OR DELETE OR TRUNCATE ON shell.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION shell.refuse_audit_change();
-- PostgreSQL gives this one to every partition, whoever attaches it.
CREATE OR REPLACE TRIGGER audit_log_rows_stay
  BEFORE UPDATE OR DELETE ON shell.audit_log
  FOR EACH ROW EXECUTE FUNCTION shell.refuse_audit_change();

-- Makes the partitions from the current month (UTC) to 18 months ahead that are not there, and says
-- their names. Nothing writes into a month that is over, so none of those is made up for; on its
-- first day the month before counts as current, since a clock may be set back. There is
-- no default partition: what lies in it would keep a month from being attached or detached.
--
-- A partition is made by itself and then attached, which lets appends go on. Only the parent has
-- policies and grants: without any, nobody that they hold back gets at a partition directly.
CREATE OR REPLACE FUNCTION shell.make_audit_partitions() RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
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

-- Deletes ids and keys older than 35 days, at most p_most of each, and says how many. What another
-- run is deleting is left to it.
CREATE OR REPLACE FUNCTION shell.purge_audit_ids(p_most integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before timestamptz := clock_timestamp() - interval '35 days';
  v_ids bigint;
  v_keys bigint;
BEGIN
  PERFORM set_config('shell.platform', 'on', true);
  DELETE FROM shell.audit_ids WHERE ctid = ANY (ARRAY(
    SELECT i.ctid FROM shell.audit_ids i WHERE i.created_at < v_before
    ORDER BY i.created_at LIMIT p_most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_ids = ROW_COUNT;
  DELETE FROM shell.audit_keys WHERE ctid = ANY (ARRAY(
    SELECT k.ctid FROM shell.audit_keys k WHERE k.created_at < v_before
    ORDER BY k.created_at LIMIT p_most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_keys = ROW_COUNT;
  PERFORM set_config('shell.platform', '', true);
  RETURN v_ids + v_keys;
END
$$;

REVOKE ALL ON FUNCTION shell.refuse_audit_change, shell.make_audit_partitions,
  shell.purge_audit_ids FROM PUBLIC;

DO $partitions$
BEGIN
  PERFORM shell.make_audit_partitions();
END
$partitions$;
