-- What the `reconcile` job calls: a sweep reads all that an identity provider has, and what is known of it here is
-- made equal to that. This file has the sweep itself, what it has not seen, and its end; the others what it read.
--
-- What a sweep read counts as of just before it was asked for, by the provider's clock, in whole seconds, and is told
-- by the functions that events are told by. So no event of later is undone. Its stamps have a minus and its number in
-- place of an identifier, which sort before every event's of that moment, and of two sweeps the later one's last.

-- Begins a sweep of a provider by its slug, unless another one has done something within the last three minutes.
-- `provider` is what the job has to know of it; `known` counts those who came from it and may vanish from it.
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
    'realm', v_provider.realm, 'admin_url', v_provider.admin_url, 'known', (
      SELECT count(*) FROM shell.users u
      WHERE u.identity_provider_id = v_provider.id AND shell.may_vanish(u)));
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

-- Notes that these were seen at the provider, and nothing more.
CREATE OR REPLACE FUNCTION shell.sweep_seen(p_sweep uuid, p_kind text, p_ids text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_work jsonb := shell.enter_sweep(p_sweep);
BEGIN
  PERFORM shell.note_seen((v_work ->> 'provider')::uuid, p_kind, p_ids);
END
$$;

-- What is known here of a kind and was not seen, at most p_limit after p_after, in order: identifiers as a JSON array.
-- `user` are those who came from the provider, `seeded` those of whom it never told anything. Of a `group` the
-- provider's organization that it is within is told beside the identifier.
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
    SELECT json_agg(json_build_object('id', m.external_id, 'organization', m.organization_external_id)
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
