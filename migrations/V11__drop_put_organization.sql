-- Whoever gives an organization another identity provider is now refused where it has members or assignments, with an
-- outcome that components which called this before do not know. The function stands in functions/organizations.sql.
DROP FUNCTION IF EXISTS shell.put_organization(jsonb, text, uuid, uuid, jsonb, text[]);
