-- The rights in this database: the group of the HTTP functions' roles, and its limits. Roles belong to the whole
-- server, so each database has its own group.

-- The group's name. One of 63 bytes or more is shortened to exactly 63, which no unshortened name has; a hash
-- distinguishes the shortened names.
CREATE OR REPLACE FUNCTION shell.runtime_role() RETURNS text
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
RETURN (
  SELECT CASE WHEN octet_length(d.whole) < 63 THEN d.whole
    ELSE 'shell_runtime_' || d.head || '_'
      || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 48 - octet_length(d.head)) END
  FROM (SELECT n.name, 'shell_runtime_' || n.name AS whole, left(n.name, 8) AS head
    FROM (SELECT current_database()::text AS name) n) d);

-- Every right on the schema and on the objects in it that a role other than the object's owner holds:
-- `kind` and `object` are as in GRANT, and PUBLIC is role 0. Rights of PUBLIC on types, which everybody has, are left
-- out.
CREATE OR REPLACE FUNCTION shell.rights_held()
RETURNS TABLE (kind text, object text, relation name, grantee oid, privilege text, column_name name,
  is_grantable boolean)
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT h.kind, h.object, h.relation, a.grantee, a.privilege_type, h.column_name, a.is_grantable
  FROM (
    SELECT 'SCHEMA' AS kind, quote_ident(n.nspname) AS object, NULL::name AS relation,
      NULL::name AS column_name, n.nspowner AS owner, coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl
    FROM pg_namespace n WHERE n.nspname = 'shell'
    UNION ALL
    SELECT 'TABLE', c.oid::regclass::text, c.relname, NULL, c.relowner, c.relacl
    FROM pg_class c WHERE c.relnamespace = 'shell'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'TABLE', c.oid::regclass::text, c.relname, t.attname, c.relowner, t.attacl
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid
    WHERE c.relnamespace = 'shell'::regnamespace AND t.attacl IS NOT NULL
    UNION ALL
    SELECT 'ROUTINE', p.oid::regprocedure::text, NULL, NULL, p.proowner,
      coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p WHERE p.pronamespace = 'shell'::regnamespace
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text, NULL, NULL,
      t.typowner, t.typacl
    FROM pg_type t WHERE t.typnamespace = 'shell'::regnamespace
  ) h, aclexplode(h.acl) a
  WHERE a.grantee <> h.owner
    AND NOT (a.grantee = 0 AND h.kind IN ('TYPE', 'DOMAIN'));
END;

-- Gives the group its rights: those of shell.runtime_rights() on tables, and EXECUTE on the functions with these names,
-- with all their overloads. Revokes what PUBLIC and the groups of other Shells hold, which a database has that was made
-- from the dump or template of another one; what an administrator granted to others, for a backup for example, stays.
-- Creates the group if it is missing. Returns what it did, one line each; nothing if everything was in place already,
-- so that the privileges are needed only once.
CREATE OR REPLACE FUNCTION shell.give_rights(p_functions text[]) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_group text := shell.runtime_role();
  v_oid oid;
  v_right record;
  v_wanted record;
  v_given boolean := false;
BEGIN
  -- The lock of `migrate`: two runs at once would change the same row of the catalogue.
  PERFORM pg_advisory_xact_lock(91707843308545);

  -- Read after the lock, and from the catalogue: a lookup by name may return an older state.
  SELECT r.oid INTO v_oid FROM pg_roles r WHERE r.rolname = v_group;
  IF v_oid IS NULL THEN
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', v_group);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE EXCEPTION 'role "%" is missing, and "%" may not create roles', v_group, current_user
        USING ERRCODE = 'insufficient_privilege', HINT = format(
          'An administrator runs: CREATE ROLE %1$I NOLOGIN; GRANT %1$I TO %2$I WITH ADMIN OPTION;',
          v_group, current_user);
    END;
    SELECT r.oid INTO v_oid FROM pg_roles r WHERE r.rolname = v_group;
    RETURN NEXT format('created role "%s"', v_group);
  END IF;

  FOR v_right IN
    SELECT h.kind, h.object, h.holder, h.place, h.grantee
    FROM (
      SELECT r.kind, r.object, r.grantee, row_number() OVER (PARTITION BY r.grantee) AS place,
        CASE WHEN r.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.grantee)) END AS holder
      FROM (SELECT DISTINCT h.kind, h.object, h.grantee FROM shell.rights_held() h) r
    ) h
    WHERE h.grantee = 0 OR (h.grantee <> v_oid AND pg_get_userbyid(h.grantee) LIKE 'shell\_runtime%')
  LOOP
    EXECUTE format('REVOKE ALL ON %s %s FROM %s CASCADE', v_right.kind, v_right.object, v_right.holder);
    -- PUBLIC is not reported: it has EXECUTE on every function that was just created.
    IF v_right.grantee <> 0 AND v_right.place = 1 THEN
      RETURN NEXT format('took from %s what it held in the schema shell', v_right.holder);
    END IF;
  END LOOP;

  -- For each object, the list of what the group holds is compared with the list of what it is to hold.
  FOR v_wanted IN
    WITH wanted AS (
      SELECT 'SCHEMA' AS kind, 'shell' AS object, 'USAGE' AS privilege, NULL::text AS column_name
      UNION ALL
      SELECT 'TABLE', format('shell.%I', r.relation)::regclass::text, r.privilege, c.name
      FROM shell.runtime_rights() r LEFT JOIN LATERAL unnest(r.columns) c(name) ON true
      UNION ALL
      SELECT 'ROUTINE', p.oid::regprocedure::text, 'EXECUTE', NULL
      FROM pg_proc p
      WHERE p.pronamespace = 'shell'::regnamespace AND (p.proname = ANY (p_functions)
        -- The functions that the policies call.
        OR p.proname IN ('current_organization', 'current_identity_provider', 'is_platform', 'is_seeding',
          'is_syncing'))
    ), held AS (
      SELECT h.kind, h.object, h.privilege, h.column_name::text, h.is_grantable
      FROM shell.rights_held() h WHERE h.grantee = v_oid
    )
    SELECT kind, object,
      (SELECT array_agg(CASE WHEN w.column_name IS NULL THEN w.privilege
          ELSE format('%s (%I)', w.privilege, w.column_name) END)
        FROM wanted w WHERE (w.kind, w.object) = (o.kind, o.object)) AS rights
    FROM (SELECT w.kind, w.object FROM wanted w UNION SELECT h.kind, h.object FROM held h) o
    WHERE ARRAY(SELECT (h.privilege, h.column_name, h.is_grantable)::text FROM held h
        WHERE (h.kind, h.object) = (o.kind, o.object) ORDER BY 1)
      <> ARRAY(SELECT (w.privilege, w.column_name, false)::text FROM wanted w
        WHERE (w.kind, w.object) = (o.kind, o.object) ORDER BY 1)
    ORDER BY kind, object
  LOOP
    EXECUTE format('REVOKE ALL ON %s %s FROM %I CASCADE', v_wanted.kind, v_wanted.object, v_group);
    IF v_wanted.rights IS NOT NULL THEN
      EXECUTE format('GRANT %s ON %s %s TO %I',
        array_to_string(v_wanted.rights, ', '), v_wanted.kind, v_wanted.object, v_group);
    END IF;
    v_given := true;
  END LOOP;
  IF v_given THEN
    RETURN NEXT format('gave "%s" its rights', v_group);
  END IF;
END
$$;

-- The statements that are still needed to keep roles of other Shells on the server from connecting to this database.
CREATE OR REPLACE FUNCTION shell.statements_on_connecting() RETURNS text[]
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
RETURN (
  SELECT array_remove(ARRAY[
    -- A role that owns only the tables has connected by the right of PUBLIC so far.
    CASE WHEN NOT h.is_owners AND NOT EXISTS (SELECT FROM aclexplode(h.acl) a WHERE a.privilege_type = 'CONNECT'
        AND a.grantee = to_regrole(quote_ident(current_user)))
      THEN format('GRANT CONNECT ON DATABASE %I TO %I', h.datname, current_user) END,
    CASE WHEN NOT EXISTS (SELECT FROM aclexplode(h.acl) a WHERE a.privilege_type = 'CONNECT'
        AND a.grantee = to_regrole(quote_ident(shell.runtime_role())))
      THEN format('GRANT CONNECT ON DATABASE %I TO %I', h.datname, shell.runtime_role()) END,
    CASE WHEN EXISTS (SELECT FROM aclexplode(h.acl) a WHERE a.privilege_type = 'CONNECT' AND a.grantee = 0)
      THEN format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', h.datname) END], NULL)
  FROM (SELECT d.datname, coalesce(d.datacl, acldefault('d', d.datdba)) AS acl,
      pg_has_role(d.datdba, 'USAGE') AS is_owners
    FROM pg_database d WHERE d.datname = current_database()) h);

-- Lets only the owner and the group connect, if the current role owns the database, and returns what it did. Otherwise
-- the statements above remain to be run.
CREATE OR REPLACE FUNCTION shell.restrict_connecting() RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_statement text;
BEGIN
  PERFORM pg_advisory_xact_lock(91707843308545);
  IF NOT (SELECT pg_has_role(d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = current_database()) THEN
    RETURN;
  END IF;
  FOREACH v_statement IN ARRAY shell.statements_on_connecting() LOOP
    EXECUTE v_statement;
    RETURN NEXT format('ran: %s', v_statement);
  END LOOP;
END
$$;

-- Why a role must not serve requests, or null: it could bypass row-level security, or access the data of
-- another Shell, by itself or by a direct or indirect membership.
CREATE OR REPLACE FUNCTION shell.danger_of(p_user text, OUT danger text, OUT advice text)
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH RECURSIVE reached AS (
    SELECT r.oid FROM pg_roles r WHERE r.rolname = p_user
    UNION
    SELECT m.roleid FROM reached JOIN pg_auth_members m ON m.member = reached.oid
  ), owners AS (
    SELECT d.datdba AS oid FROM pg_database d WHERE d.datname = current_database()
    UNION SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'shell'
    UNION SELECT c.relowner FROM pg_class c WHERE c.relnamespace = 'shell'::regnamespace
    UNION SELECT p.proowner FROM pg_proc p WHERE p.pronamespace = 'shell'::regnamespace
    UNION SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user
  ), dangers AS (
    SELECT r.rolname, r.rolname = p_user AS is_own, f.what, NULL::text AS advice
    FROM reached JOIN pg_roles r USING (oid), LATERAL (VALUES
      ('has SUPERUSER', r.rolsuper), ('has BYPASSRLS', r.rolbypassrls), ('has CREATEROLE', r.rolcreaterole),
      ('has REPLICATION', r.rolreplication),
      ('owns the database or what is in its schema shell', r.oid IN (SELECT o.oid FROM owners o))
    ) f(what, has) WHERE f.has
    UNION ALL
    SELECT r.rolname, r.rolname = p_user, 'can access more than it is granted', NULL
    FROM reached JOIN pg_roles r USING (oid)
    WHERE r.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program',
      'pg_read_server_files', 'pg_write_server_files')
    UNION ALL
    SELECT r.rolname, false, 'can access the data of another Shell', format(
      'A role serves one database: give database_user another name here. Where it no longer serves the other, '
      'an administrator runs: REVOKE %I FROM %I;', r.rolname, p_user)
    FROM reached JOIN pg_roles r USING (oid)
    WHERE r.rolname LIKE 'shell\_runtime\_%' AND r.rolname <> shell.runtime_role() AND r.rolname <> p_user
  )
  SELECT CASE WHEN d.is_own THEN d.what
      ELSE format('is a member of "%s", which %s', d.rolname, d.what) END,
    coalesce(d.advice, 'The HTTP functions run as a role that has, owns and inherits nothing: give '
      'database_user another name, or an administrator removes this from it.')
  FROM dangers d ORDER BY d.is_own DESC, d.advice IS NOT NULL, d.rolname, d.what LIMIT 1;
END;

-- Makes p_user a member of the group, creating it with p_verifier if it does not exist, and gives it a search
-- path without `public`, where others may create objects, and the time limits that keep a stuck statement from
-- holding a connection: shorter than the 3 s that a request waits, since a statement that outlives its request
-- delays the next one. Returns what it did, one line each; nothing if everything was in place already.
--
-- p_verifier is a SCRAM verifier, not a password: a statement can be written to the server's log.
CREATE OR REPLACE FUNCTION shell.prepare_runtime_role(p_user text, p_verifier text) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_group text := shell.runtime_role();
  v_user oid;
  v_why record;
  v_step record;
BEGIN
  PERFORM pg_advisory_xact_lock(91707843308545);
  IF p_user = current_user THEN
    RAISE EXCEPTION 'database_user and migration_database_user are both "%"', p_user
      USING HINT = 'The HTTP functions must run as a role that owns nothing: give database_user another name.';
  ELSIF p_user = v_group THEN
    RAISE EXCEPTION 'database_user is "%", the group itself', p_user
      USING HINT = 'Give database_user another name: migrate makes it a member of this group.';
  END IF;
  SELECT r.oid INTO v_user FROM pg_roles r WHERE r.rolname = p_user;
  SELECT * INTO v_why FROM shell.danger_of(p_user);
  IF v_why.danger IS NOT NULL THEN
    RAISE EXCEPTION 'role "%" must not serve requests: it %', p_user, v_why.danger USING HINT = v_why.advice;
  END IF;

  FOR v_step IN
    SELECT s.statement, s.said, array_agg(s.shown) OVER (ORDER BY s.place DESC) AS shown FROM (
      SELECT 1, format('CREATE ROLE %I LOGIN PASSWORD %L', p_user, p_verifier),
        format('CREATE ROLE %I LOGIN PASSWORD ''…''', p_user), format('created role "%s"', p_user)
      WHERE v_user IS NULL
      UNION ALL
      SELECT 2, t.statement, t.statement, format('made "%s" a member of "%s"', p_user, v_group)
      FROM format('GRANT %I TO %I', v_group, p_user) t(statement)
      WHERE v_user IS NULL OR NOT pg_has_role(v_user, v_group, 'MEMBER')
      UNION ALL
      SELECT 2 + l.place, t.statement, t.statement, format('set %s of "%s" to %s', l.name, p_user, l.value)
      FROM (VALUES
        (1, 'search_path', 'pg_catalog, pg_temp'),
        (2, 'statement_timeout', '2500ms'),
        (3, 'lock_timeout', '2s'),
        (4, 'idle_in_transaction_session_timeout', '5s')) l(place, name, value),
        -- A path is a list of names, the others are one text each.
        format(CASE l.name WHEN 'search_path' THEN 'ALTER ROLE %I SET %s = %s' ELSE 'ALTER ROLE %I SET %s = %L' END,
          p_user, l.name, l.value) t(statement)
      WHERE NOT EXISTS (SELECT FROM pg_roles r
        WHERE r.oid = v_user AND l.name || '=' || l.value = ANY (r.rolconfig))
    ) s(place, statement, shown, said) ORDER BY s.place
  LOOP
    BEGIN
      EXECUTE v_step.statement;
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE EXCEPTION 'role "%" is not ready, and "%" may not change that', p_user, current_user
        USING ERRCODE = 'insufficient_privilege',
          HINT = 'An administrator runs: ' || array_to_string(ARRAY(
            SELECT t.shown FROM unnest(v_step.shown) WITH ORDINALITY t(shown, place) ORDER BY t.place DESC), '; ') || ';';
    END;
    RETURN NEXT v_step.said;
  END LOOP;
END
$$;

-- Gives p_user, whose login was refused, the configured password, as a verifier.
CREATE OR REPLACE FUNCTION shell.set_runtime_password(p_user text, p_verifier text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(91707843308545);
  EXECUTE format('ALTER ROLE %I PASSWORD %L', p_user, p_verifier);
  RETURN format('set the password of role "%s"', p_user);
EXCEPTION WHEN insufficient_privilege THEN
  RAISE EXCEPTION 'role "%" cannot log in with database_password, and "%" may not set it', p_user, current_user
    USING ERRCODE = 'insufficient_privilege',
      HINT = format('An administrator runs: ALTER ROLE %I LOGIN PASSWORD ''…'';', p_user);
END
$$;
