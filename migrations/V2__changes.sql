-- Changes: what they are counted by, so that versions never repeat and Redis can tell what it has missed.

-- Whoever changes what is kept in Redis locks this row first: two writers at once decide one after the
-- other, and cannot wait for each other in a circle.
--
-- A counter alone does not tell one history of changes from another: a database that lost its last
-- changes and made others counts up to the same number. So each change has a random mark beside its
-- number, and knows that of the one before it; Redis follows the changes from mark to mark.
CREATE TABLE IF NOT EXISTS shell.changes (
  the_only boolean CONSTRAINT changes_pkey PRIMARY KEY DEFAULT true CONSTRAINT changes_only_one CHECK (the_only),
  counter bigint NOT NULL,
  mark uuid NOT NULL DEFAULT gen_random_uuid(),
  previous_mark uuid,
  transaction_id xid8
);
INSERT INTO shell.changes (counter) VALUES (0) ON CONFLICT ON CONSTRAINT changes_pkey DO NOTHING;
