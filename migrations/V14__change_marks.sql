-- Marks: what tells one history of changes from another.
--
-- A counter alone does not: a database that lost its last changes and made others counts up to the
-- same number. So each change has a random mark beside its number, and knows that of the one before
-- it; Redis follows the changes from mark to mark.

ALTER TABLE shell.changes
  ADD COLUMN IF NOT EXISTS mark uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN IF NOT EXISTS previous_mark uuid,
  ADD COLUMN IF NOT EXISTS transaction_id xid8;
GRANT UPDATE (mark, previous_mark, transaction_id) ON shell.changes TO shell_runtime;

-- Counts a change, as before.
CREATE OR REPLACE FUNCTION shell.next_change() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY INVOKER
AS 'UPDATE shell.changes SET counter = counter + 1, previous_mark = mark, mark = gen_random_uuid(),
      transaction_id = pg_current_xact_id()
    RETURNING counter';

-- The marks before and after the change that this very transaction made, and counted so; null where
-- it made none. It takes the counter so that it is asked after the change, in one statement with it.
CREATE OR REPLACE FUNCTION shell.marks_of_change(
  p_counter bigint, OUT previous_mark text, OUT mark text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT c.previous_mark, c.mark INTO previous_mark, mark
  FROM shell.changes c
  WHERE c.counter = p_counter AND c.transaction_id = pg_current_xact_id_if_assigned();
END
$$;

REVOKE ALL ON FUNCTION shell.marks_of_change FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.marks_of_change TO shell_runtime;
