-- Its place takes shell.find_access, which tells what Redis may keep of the answer.
DROP FUNCTION IF EXISTS shell.find_policies(jsonb, text[]);
