-- The functions of the `seed` job for identity providers, as in seeding.sql.

-- Redis caches all of them as one value, so that a change of one begins a new epoch, as every change by seeding does.
CREATE OR REPLACE FUNCTION shell.seed_identity_providers(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row jsonb;
  v_old shell.identity_providers;
  v_new shell.identity_providers;
  v_is_locked boolean := false;
  v_counter bigint;
BEGIN
  PERFORM shell.enter_job();
  added := 0;
  changed := 0;
  FOR v_row IN SELECT r.value FROM jsonb_array_elements(p_rows) r
  LOOP
    LOOP
      SELECT * INTO v_old FROM shell.identity_providers p WHERE p.slug = v_row ->> 'slug';
      EXIT WHEN v_old.id IS NOT NULL AND NOT p_update;
      v_new := jsonb_populate_record(v_old, v_row - 'id');
      IF v_new.slug = 'default' THEN
        v_new.slot := 1;
      END IF;
      EXIT WHEN v_new IS NOT DISTINCT FROM v_old;
      -- Another writer may have changed the row before the lock was acquired: it is compared again under the lock.
      IF NOT v_is_locked THEN
        v_counter := shell.lock_changes() + 1;
        v_is_locked := true;
        CONTINUE;
      END IF;
      INSERT INTO shell.identity_providers AS p (
        id, slug, issuer, audience, jwks_url, slot, realm, attributes, logout_audiences, password_reset_ends_sessions,
        admin_url)
      VALUES ((v_row ->> 'id')::uuid, v_new.slug, v_new.issuer, v_new.audience, v_new.jwks_url, v_new.slot,
        v_new.realm, coalesce(v_new.attributes, '{}'), coalesce(v_new.logout_audiences, '{}'),
        coalesce(v_new.password_reset_ends_sessions, false), v_new.admin_url)
      ON CONFLICT ON CONSTRAINT identity_providers_slug_key DO UPDATE
      SET issuer = excluded.issuer, audience = excluded.audience, jwks_url = excluded.jwks_url,
          slot = excluded.slot, realm = excluded.realm, attributes = excluded.attributes,
          logout_audiences = excluded.logout_audiences,
          password_reset_ends_sessions = excluded.password_reset_ends_sessions, admin_url = excluded.admin_url;
      IF v_old.id IS NULL THEN
        added := added + 1;
      ELSE
        changed := changed + 1;
        -- Attributes that are not to be stored any more are removed from users here, since no event does so.
        PERFORM shell.enter_job(NULL, v_old.id);
        UPDATE shell.users u
        SET attributes = u.attributes - ARRAY(SELECT unnest(v_old.attributes) EXCEPT SELECT unnest(v_new.attributes)),
            version = v_counter, updated_at = now()
        WHERE u.identity_provider_id = v_old.id
          AND u.attributes ?| ARRAY(SELECT unnest(v_old.attributes) EXCEPT SELECT unnest(v_new.attributes));
      END IF;
      EXIT;
    END LOOP;
  END LOOP;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- The rows of identity_providers.csv, [{line, slug, issuer, slot}], that have the issuer or slot of another provider:
-- [{line, column, holder}].
CREATE OR REPLACE FUNCTION shell.seed_taken_by_providers(p_rows jsonb, p_update boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM shell.enter_job();
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_object('line', r.line, 'column', c.name, 'holder', p.slug)), '[]')
    FROM jsonb_to_recordset(p_rows) AS r(line bigint, slug text, issuer text, slot smallint)
    JOIN shell.identity_providers p ON p.slug <> r.slug
    CROSS JOIN LATERAL (VALUES ('issuer', p.issuer = r.issuer), ('slot', p.slot = r.slot)) c(name, is_taken)
    WHERE c.is_taken);
END
$$;

-- The transmitters that report on a provider's users by the Shared Signals Framework. Redis caches them in the same
-- value.
CREATE OR REPLACE FUNCTION shell.seed_ssf_transmitters(
  p_rows jsonb, p_update boolean, OUT added bigint, OUT changed bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_row jsonb;
  v_old shell.ssf_transmitters;
  v_new shell.ssf_transmitters;
  v_is_locked boolean := false;
BEGIN
  PERFORM shell.enter_job();
  added := 0;
  changed := 0;
  FOR v_row IN SELECT r.value FROM jsonb_array_elements(p_rows) r
  LOOP
    LOOP
      SELECT * INTO v_old FROM shell.ssf_transmitters t WHERE t.slug = v_row ->> 'slug';
      EXIT WHEN v_old.id IS NOT NULL AND NOT p_update;
      v_new := jsonb_populate_record(v_old, v_row - 'id');
      v_new.identity_provider_id := (
        SELECT p.id FROM shell.identity_providers p WHERE p.slug = v_row ->> 'identity_provider');
      IF v_new.slug = 'default' THEN
        v_new.slot := 1;
      END IF;
      EXIT WHEN v_new IS NOT DISTINCT FROM v_old;
      -- Another writer may have changed the row before the lock was acquired: it is compared again under the lock.
      IF NOT v_is_locked THEN
        PERFORM shell.lock_changes();
        v_is_locked := true;
        CONTINUE;
      END IF;
      INSERT INTO shell.ssf_transmitters AS t (id, slug, identity_provider_id, issuer, audience, slot, alias)
      VALUES ((v_row ->> 'id')::uuid, v_new.slug, v_new.identity_provider_id, v_new.issuer, v_new.audience,
        v_new.slot, v_new.alias)
      ON CONFLICT ON CONSTRAINT ssf_transmitters_slug_key DO UPDATE
      SET identity_provider_id = excluded.identity_provider_id, issuer = excluded.issuer,
          audience = excluded.audience, slot = excluded.slot, alias = excluded.alias;
      IF v_old.id IS NULL THEN
        added := added + 1;
      ELSE
        changed := changed + 1;
      END IF;
      EXIT;
    END LOOP;
  END LOOP;
  IF added + changed > 0 THEN
    PERFORM shell.next_change();
  END IF;
END
$$;

-- The rows of ssf_transmitters.csv, [{line, slug, slot}], that have the slot of another transmitter: [{line, holder}].
CREATE OR REPLACE FUNCTION shell.seed_taken_by_transmitters(p_rows jsonb, p_update boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM shell.enter_job();
  RETURN (
    SELECT coalesce(jsonb_agg(jsonb_build_object('line', r.line, 'holder', t.slug)), '[]')
    FROM jsonb_to_recordset(p_rows) AS r(line bigint, slug text, slot smallint)
    JOIN shell.ssf_transmitters t ON t.slug <> r.slug AND t.slot = r.slot);
END
$$;
