-- The audit trail: what it is kept in, and that it only grows.

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

-- Whose trail an event is in is the tenant that the statement has entered; what acts for the platform may
-- write into every trail, and reads none but the one it has entered. `transaction_id` is nobody's to choose.
ALTER TABLE shell.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.audit_log FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS audit_log_tenant ON shell.audit_log;
CREATE POLICY audit_log_tenant ON shell.audit_log
  USING (organization_id = shell.current_organization())
  WITH CHECK (organization_id = shell.current_organization() AND transaction_id = pg_current_xact_id());
DROP POLICY IF EXISTS audit_log_platform ON shell.audit_log;
CREATE POLICY audit_log_platform ON shell.audit_log FOR INSERT
  WITH CHECK (shell.is_platform() AND transaction_id = pg_current_xact_id());

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

-- The owner may not either; who grants it to itself again, or is a superuser, meets the triggers.
REVOKE UPDATE, DELETE, TRUNCATE ON shell.audit_log FROM CURRENT_USER;

CREATE OR REPLACE FUNCTION shell.refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
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
