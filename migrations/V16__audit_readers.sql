-- What a trail's readers need: an order in which it can be read on, in which nothing that is committed later comes
-- before what could be read already; and whose user it was that did something.

-- What is added to the id of a transaction (64 bits, which never come round) for the position of its events. A dump
-- that is restored elsewhere brings positions that the transactions there have not reached; then
-- shell.settle_audit_positions raises `ahead`. `cluster` is the one whose ids are meant.
CREATE TABLE IF NOT EXISTS shell.audit_positions (
  the_only boolean CONSTRAINT audit_positions_pkey PRIMARY KEY DEFAULT true
    CONSTRAINT audit_positions_only_one CHECK (the_only),
  ahead bigint NOT NULL,
  cluster bigint NOT NULL
);
INSERT INTO shell.audit_positions (ahead, cluster)
SELECT 0, c.system_identifier FROM pg_control_system() c
ON CONFLICT ON CONSTRAINT audit_positions_pkey DO NOTHING;

-- Events from before this column come first, in the order of their time: all of them were committed before the first
-- that has a position of its own. No row is written anew. The number is part of the default, which else would have
-- to be looked up for each event.
ALTER TABLE shell.audit_log ADD COLUMN IF NOT EXISTS position bigint NOT NULL DEFAULT 0;
ALTER TABLE shell.audit_log ALTER COLUMN position SET DEFAULT pg_current_xact_id()::text::bigint + 0;
CREATE INDEX IF NOT EXISTS audit_log_position_idx
  ON shell.audit_log (organization_id, position, created_at, id);

-- As `transaction_id`, it is nobody's to choose.
ALTER POLICY audit_log_tenant ON shell.audit_log
  WITH CHECK (organization_id = shell.current_organization() AND transaction_id = pg_current_xact_id()
    AND position = pg_current_xact_id()::text::bigint + 0);
ALTER POLICY audit_log_platform ON shell.audit_log
  WITH CHECK (shell.is_platform() AND transaction_id = pg_current_xact_id()
    AND position = pg_current_xact_id()::text::bigint + 0);

-- The slug of the provider whose `sub` is the actor's id, in events of the Shell's own: a user of another provider may
-- have the same. Null where the actor is no caller, in what satellites append, and in events from before this column.
ALTER TABLE shell.audit_log ADD COLUMN IF NOT EXISTS actor_identity_provider text COLLATE "C";
