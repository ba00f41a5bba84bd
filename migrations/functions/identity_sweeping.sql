-- The functions of the `reconcile` job: a sweep reads everything that an identity provider has, and the data here is
-- made equal to it. This file has the sweep itself and its parts; the other files apply each of them.
--
-- What a sweep read has the time just before it was requested, by the provider's clock, in whole seconds, and is
-- applied by the functions that apply events. So no later event is undone. Its stamps have a minus and the sweep's
-- number in place of an identifier, so that they sort before those of every event of that moment, and of two sweeps,
-- the later one's sort last.

-- The groups that a provider deleted along with a group above them or with the organization that they are within,
-- which no event reports.
CREATE OR REPLACE FUNCTION shell.groups_that_went_along(p_provider uuid) RETURNS TABLE (external_id text)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  WITH RECURSIVE gone AS (
    SELECT g.external_id FROM shell.groups g
    WHERE g.identity_provider_id = p_provider AND (g.is_deleted OR EXISTS (
      SELECT FROM shell.provider_organizations p
      WHERE p.identity_provider_id = p_provider AND p.external_id = g.organization_external_id AND p.is_deleted))
    UNION
    SELECT g.external_id FROM shell.groups g
    JOIN gone a ON g.parent_external_id = a.external_id
    WHERE g.identity_provider_id = p_provider
  )
  SELECT g.external_id FROM gone a
  JOIN shell.groups g ON g.identity_provider_id = p_provider AND g.external_id = a.external_id
  WHERE NOT g.is_deleted;
END;

-- Begins a sweep of a provider by its slug, unless another sweep was active within the last three minutes. `provider`
-- is what the job has to know about it; `known` counts what came from it and may have been deleted there.
CREATE OR REPLACE FUNCTION shell.begin_sweep(
  p_provider text, p_sweep uuid, OUT refusal text, OUT provider text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_provider shell.identity_providers;
  v_now timestamptz := clock_timestamp();
BEGIN
  SELECT * INTO v_provider FROM shell.identity_providers p WHERE p.slug = p_provider;
  IF v_provider.id IS NULL THEN
    refusal := 'unknown_identity_provider';
    RETURN;
  END IF;
  PERFORM shell.enter_job(NULL, v_provider.id);
  INSERT INTO shell.sweeps AS s (identity_provider_id, number, id, begun_at, renewed_at)
  VALUES (v_provider.id, 1, p_sweep, v_now, v_now)
  ON CONFLICT ON CONSTRAINT sweeps_pkey DO UPDATE
  SET number = s.number + 1, id = excluded.id, begun_at = v_now, renewed_at = v_now
  WHERE s.id IS NULL OR s.renewed_at < v_now - interval '3 minutes';
  IF NOT FOUND THEN
    refusal := 'in_progress';
    RETURN;
  END IF;
  DELETE FROM shell.swept s WHERE s.identity_provider_id = v_provider.id;
  provider := json_build_object('slug', v_provider.slug, 'slot', v_provider.slot, 'issuer', v_provider.issuer,
    'realm', v_provider.realm, 'admin_url', v_provider.admin_url, 'known', json_build_object(
      'users', (
        SELECT count(*) FROM shell.users u WHERE u.identity_provider_id = v_provider.id AND shell.may_vanish(u)),
      'groups', (
        SELECT count(*) FROM shell.groups g
        WHERE g.identity_provider_id = v_provider.id AND NOT g.is_deleted
          AND g.external_id NOT IN (SELECT a.external_id FROM shell.groups_that_went_along(v_provider.id) a)),
      'organizations', (
        SELECT count(*) FROM shell.provider_organizations p
        WHERE p.identity_provider_id = v_provider.id AND NOT p.is_deleted)));
END
$$;

-- Ends a sweep: the next one may begin.
CREATE OR REPLACE FUNCTION shell.end_sweep(p_sweep uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_work jsonb := shell.enter_sweep(p_sweep);
BEGIN
  DELETE FROM shell.swept s WHERE s.identity_provider_id = (v_work ->> 'provider')::uuid;
  UPDATE shell.sweeps s SET id = NULL WHERE s.id = p_sweep;
END
$$;

-- Only notes that these were seen at the provider.
CREATE OR REPLACE FUNCTION shell.sweep_seen(p_sweep uuid, p_kind text, p_ids text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_work jsonb := shell.enter_sweep(p_sweep);
BEGIN
  PERFORM shell.note_seen((v_work ->> 'provider')::uuid, p_kind, p_ids);
END
$$;

-- What is known here of a kind and was not seen: at most p_limit identifiers after p_after, in order, as a JSON
-- array. The kind `user` means users that came from the provider, `seeded` those about whom it never reported
-- anything. For the kind `group`, each item also has the provider's organization that the group is within, and
-- whether the group was deleted along with that or with a group above it.
CREATE OR REPLACE FUNCTION shell.sweep_missing(
  p_sweep uuid, p_kind text, p_after text, p_limit integer, OUT items text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_provider uuid := shell.enter_sweep(p_sweep) ->> 'provider';
  v_after text := coalesce(p_after, '');
BEGIN
  IF p_kind IN ('user', 'seeded') THEN
    SELECT json_agg(m.external_id ORDER BY m.external_id) INTO items
    FROM (
      SELECT u.external_id FROM shell.users u
      WHERE u.identity_provider_id = v_provider AND u.external_id > v_after COLLATE "C"
        AND CASE p_kind WHEN 'user' THEN shell.may_vanish(u) ELSE shell.is_seeded_alone(u) END
        AND NOT EXISTS (
          SELECT FROM shell.swept s
          WHERE s.identity_provider_id = v_provider AND s.kind = 'user' AND s.external_id = u.external_id)
      ORDER BY u.external_id LIMIT p_limit
    ) m;
  ELSIF p_kind = 'group' THEN
    SELECT json_agg(json_build_object('id', m.external_id, 'organization', m.organization_external_id,
        'went_along', m.external_id IN (SELECT a.external_id FROM shell.groups_that_went_along(v_provider) a))
        ORDER BY m.external_id) INTO items
    FROM (
      SELECT g.external_id, g.organization_external_id FROM shell.groups g
      WHERE g.identity_provider_id = v_provider AND NOT g.is_deleted AND g.external_id > v_after COLLATE "C"
        AND NOT EXISTS (
          SELECT FROM shell.swept s
          WHERE s.identity_provider_id = v_provider AND s.kind = 'group' AND s.external_id = g.external_id)
      ORDER BY g.external_id LIMIT p_limit
    ) m;
  ELSE
    SELECT json_agg(m.external_id ORDER BY m.external_id) INTO items
    FROM (
      SELECT p.external_id FROM shell.provider_organizations p
      WHERE p.identity_provider_id = v_provider AND NOT p.is_deleted AND p.external_id > v_after COLLATE "C"
        AND NOT EXISTS (
          SELECT FROM shell.swept s
          WHERE s.identity_provider_id = v_provider AND s.kind = 'organization' AND s.external_id = p.external_id)
      ORDER BY p.external_id LIMIT p_limit
    ) m;
  END IF;
  items := coalesce(items, '[]');
END
$$;

-- Applies a part of a sweep, under the lock of the changes: `users`, `facts`, `gone` or `seeded`, with rows as
-- the functions below describe them (shell.sweep_users to shell.sweep_seeded). `changes` lists the repairs, and
-- `warnings` are for the log. With p_dry_run, everything is undone again.
CREATE OR REPLACE FUNCTION shell.apply_part(
  p_work jsonb, p_part text, p_rows jsonb, p_dry_run boolean, p_longest bigint DEFAULT NULL,
  p_adopt boolean DEFAULT false, OUT changes text, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_work jsonb := p_work;
  v_repaired jsonb[] := '{}';
BEGIN
  BEGIN
    PERFORM shell.lock_changes();
    CASE p_part
      WHEN 'users' THEN
        SELECT a.work, a.repaired INTO v_work, v_repaired
        FROM shell.apply_swept_users(p_rows, p_longest, v_work, v_repaired) a;
      WHEN 'facts' THEN
        SELECT a.work, a.repaired INTO v_work, v_repaired
        FROM shell.apply_swept_facts(p_rows, p_longest, v_work, v_repaired) a;
      WHEN 'gone' THEN
        SELECT a.work, a.repaired INTO v_work, v_repaired
        FROM shell.apply_gone(p_rows, v_work, v_repaired) a;
      WHEN 'seeded' THEN
        SELECT a.work, a.repaired INTO v_work, v_repaired
        FROM shell.apply_swept_seeded(p_rows, p_adopt, v_work, v_repaired) a;
    END CASE;
    v_work := shell.finish_swept(v_work);
    IF p_dry_run THEN
      RAISE SQLSTATE 'SH002';
    END IF;
  EXCEPTION WHEN SQLSTATE 'SH002' THEN NULL;
  END;
  changes := to_jsonb(v_repaired);
  warnings := v_work ->> 'warnings';
END
$$;

-- The parts look up thousands of rows by their keys: compiling the plans (`jit`) would not pay off.

-- Compares up to 500 users of the provider with the data here, and repairs that. Each row is {at, user,
-- not_before?, links?, groups?, organization_groups?, organizations?}, where `user` is a fact as in events, with
-- every field, and each list is {at, items}. `organization_groups` is {at}: `groups` includes the groups within
-- organizations, as of that time. The users are noted as seen in a dry run, too.
CREATE OR REPLACE FUNCTION shell.sweep_users(
  p_sweep uuid, p_rows jsonb, p_longest bigint, p_dry_run boolean, OUT changes text, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET jit = off AS $$
DECLARE
  v_work jsonb := shell.enter_sweep(p_sweep);
BEGIN
  PERFORM shell.note_seen((v_work ->> 'provider')::uuid, 'user',
    ARRAY(SELECT r.said #>> '{user,user}' FROM jsonb_array_elements(p_rows) r(said)));
  SELECT a.changes, a.warnings INTO changes, warnings
  FROM shell.apply_part(v_work, 'users', p_rows, p_dry_run, p_longest => p_longest) a;
END
$$;

-- Does the same for organizations, groups and the realm. Each row is {at, fact}, where the fact is as in events.
CREATE OR REPLACE FUNCTION shell.sweep_facts(
  p_sweep uuid, p_rows jsonb, p_longest bigint, p_dry_run boolean, OUT changes text, OUT warnings text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET jit = off AS $$
DECLARE
  v_work jsonb := shell.enter_sweep(p_sweep);
  v_kind text;
BEGIN
  FOREACH v_kind IN ARRAY ARRAY['organization', 'group']
  LOOP
    PERFORM shell.note_seen((v_work ->> 'provider')::uuid, v_kind, ARRAY(
      SELECT r.said -> 'fact' ->> v_kind FROM jsonb_array_elements(p_rows) r(said)
      WHERE r.said #>> '{fact,kind}' = v_kind));
  END LOOP;
  SELECT a.changes, a.warnings INTO changes, warnings
  FROM shell.apply_part(v_work, 'facts', p_rows, p_dry_run, p_longest => p_longest) a;
END
$$;

-- Deletes up to 500 users, groups and organizations that the provider no longer has, according to its answer
-- about each of them. Each row is {kind, id, at}.
CREATE OR REPLACE FUNCTION shell.sweep_gone(
  p_sweep uuid, p_rows jsonb, p_dry_run boolean, OUT changes text, OUT warnings text
)
LANGUAGE sql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET jit = off AS $$
  SELECT a.changes, a.warnings FROM shell.apply_part(shell.enter_sweep(p_sweep), 'gone', p_rows, p_dry_run) a
$$;

-- Reports up to 500 seeded users whose identifiers the provider does not know, or, with p_adopt, joins them with
-- users of the provider. Each row is {id, at}.
CREATE OR REPLACE FUNCTION shell.sweep_seeded(
  p_sweep uuid, p_rows jsonb, p_adopt boolean, p_dry_run boolean, OUT changes text, OUT warnings text
)
LANGUAGE sql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp
SET jit = off AS $$
  SELECT a.changes, a.warnings
  FROM shell.apply_part(shell.enter_sweep(p_sweep), 'seeded', p_rows, p_dry_run, p_adopt => p_adopt) a
$$;
