-- What the `migrate` job calls last: the login role of the HTTP functions.

-- Makes p_user a member of shell_runtime, creating it with p_verifier where it does not exist, and
-- gives it the time limits that keep a stuck statement from holding a connection: shorter than the
-- 3 s that a request waits, since a statement that outlives its request holds up the next one. Returns what it
-- did, one line each; nothing when all stood already, so that the privileges are needed only once.
--
-- p_verifier is a SCRAM verifier, not a password: a statement can end in the server's log.
CREATE OR REPLACE FUNCTION shell.prepare_runtime_role(p_user text, p_verifier text)
RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_limit record;
  v_role pg_roles;
BEGIN
  IF p_user = current_user THEN
    RAISE EXCEPTION 'database_user and migration_database_user are both "%"', p_user
      USING HINT = 'The HTTP functions must run as a role that owns nothing: give database_user another name.';
  END IF;

  SELECT * INTO v_role FROM pg_roles WHERE rolname = p_user;
  IF v_role.rolname IS NULL THEN
    EXECUTE format('CREATE ROLE %I LOGIN NOBYPASSRLS PASSWORD %L', p_user, p_verifier);
    RETURN NEXT format('created role "%s"', p_user);
    SELECT * INTO v_role FROM pg_roles WHERE rolname = p_user;
  END IF;

  IF v_role.rolsuper OR v_role.rolbypassrls OR pg_has_role(v_role.oid, current_user, 'MEMBER') THEN
    RAISE EXCEPTION 'role "%" could get around row-level security', p_user
      USING HINT = 'database_user must be no superuser, have no BYPASSRLS and be no member of the owner.';
  END IF;

  IF NOT pg_has_role(v_role.oid, 'shell_runtime', 'MEMBER') THEN
    EXECUTE format('GRANT shell_runtime TO %I', p_user);
    RETURN NEXT format('made "%s" a member of shell_runtime', p_user);
  END IF;

  FOR v_limit IN
    SELECT * FROM (VALUES
      ('statement_timeout', '2500ms'),
      ('lock_timeout', '2s'),
      ('idle_in_transaction_session_timeout', '5s')) AS l(name, value)
  LOOP
    IF NOT coalesce(v_limit.name || '=' || v_limit.value = ANY (v_role.rolconfig), false) THEN
      EXECUTE format('ALTER ROLE %I SET %I = %L', p_user, v_limit.name, v_limit.value);
      RETURN NEXT format('set %s of "%s" to %s', v_limit.name, p_user, v_limit.value);
    END IF;
  END LOOP;
END
$$;

REVOKE ALL ON FUNCTION shell.prepare_runtime_role FROM PUBLIC;
