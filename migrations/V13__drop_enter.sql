-- Whoever's membership has ended is now refused, with an outcome that components which called this before do not know.
-- The function stands in functions/entering.sql.
DROP FUNCTION IF EXISTS shell.enter(jsonb, boolean);

-- Says beside the rest how many rows it passed over. The function stands in functions/seeding.sql.
DROP FUNCTION IF EXISTS shell.seed_users(jsonb, boolean);
