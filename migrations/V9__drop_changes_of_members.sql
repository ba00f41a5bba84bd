-- What takes an organization its last administrator is now refused, with an outcome that components which called
-- these before do not know. The functions stand in functions/access_members.sql.
DROP FUNCTION IF EXISTS shell.put_role_member(jsonb, text, text, text, text[]);
DROP FUNCTION IF EXISTS shell.delete_role_member(jsonb, text, text, text[]);

-- Its place takes shell.is_last_administrator, which counts only who may hold the role.
DROP FUNCTION IF EXISTS shell.are_last_administrators(uuid, text, text);
