-- The issuers of tokens and the keys that they sign with. Both are global data: no tenant is entered.

-- The transmitters that report about a provider's users by the Shared Signals Framework.
CREATE OR REPLACE FUNCTION shell.transmitters_of(p_provider uuid) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
  SELECT coalesce(json_agg(json_build_object('slug', t.slug, 'issuer', t.issuer, 'audience', t.audience,
      'slot', t.slot, 'alias', t.alias, 'source', t.source, 'key_set', t.key_set,
      'fetched_at', shell.unix_microseconds(t.fetched_at)) ORDER BY t.slug), '[]')
  FROM shell.ssf_transmitters t WHERE t.identity_provider_id = p_provider);

-- Each identity provider with its description, unless that comes from variables, its last valid key set, and its
-- transmitters of the Shared Signals Framework, with the same data. `number` is the time before the rest is read,
-- in microseconds since the epoch: everything that was stored until then is in `providers`.
CREATE OR REPLACE FUNCTION shell.find_identity_providers(OUT number bigint, OUT providers text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  number := shell.unix_microseconds(clock_timestamp());
  SELECT coalesce(json_agg(json_build_object('slug', p.slug, 'issuer', p.issuer, 'audience', p.audience,
      'jwks_url', p.jwks_url, 'slot', p.slot, 'realm', p.realm, 'logout_audiences', p.logout_audiences,
      'source', k.source, 'key_set', k.key_set, 'fetched_at', shell.unix_microseconds(k.fetched_at),
      'transmitters', shell.transmitters_of(p.id))
    ORDER BY p.slug), '[]')::text INTO providers
  FROM shell.identity_providers p LEFT JOIN shell.key_sets k ON k.identity_provider_id = p.id;
END
$$;

-- How long after a granted refresh the next one is not granted.
CREATE OR REPLACE FUNCTION shell.key_refresh_interval(p_has_set boolean) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_has_set THEN interval '20 seconds' ELSE interval '5 seconds' END;

-- Requests the right to fetch a provider's keys from p_source. It is granted once in 20 s, or once in 5 s as long
-- as there is no set from there. `granted_at` is when it was last granted, to this caller or another, in
-- microseconds since the epoch; `wait_seconds` is how long it will not be granted again; `fetched_at` is the time
-- of the stored set, if that is from this source.
CREATE OR REPLACE FUNCTION shell.claim_key_refresh(
  p_provider text, p_source text,
  OUT granted boolean, OUT wait_seconds integer, OUT granted_at bigint, OUT fetched_at bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_set shell.key_sets;
BEGIN
  -- The clock, not the start of the transaction: a call that waited for the row's lock comes after the call that
  -- had it. A time in the future is from before the clock was set back.
  INSERT INTO shell.key_sets AS k (identity_provider_id, source, asked_at)
  SELECT p.id, p_source, clock_timestamp() FROM shell.identity_providers p WHERE p.slug = p_provider
  ON CONFLICT ON CONSTRAINT key_sets_pkey DO UPDATE SET asked_at = clock_timestamp(),
    source = CASE WHEN k.key_set IS NULL THEN p_source ELSE k.source END
  WHERE k.asked_at IS NULL OR k.asked_at > clock_timestamp()
    OR k.asked_at <= clock_timestamp() - shell.key_refresh_interval(k.key_set IS NOT NULL AND k.source = p_source)
  RETURNING k.* INTO v_set;
  granted := FOUND;
  IF NOT granted THEN
    SELECT k.* INTO v_set FROM shell.key_sets k
    JOIN shell.identity_providers p ON p.id = k.identity_provider_id WHERE p.slug = p_provider;
  END IF;
  granted_at := shell.unix_microseconds(v_set.asked_at);
  IF v_set.source = p_source THEN
    fetched_at := shell.unix_microseconds(v_set.fetched_at);
  END IF;
  wait_seconds := greatest(1, ceil(extract(epoch FROM v_set.asked_at
    + shell.key_refresh_interval(fetched_at IS NOT NULL) - clock_timestamp())))::integer;
END
$$;

-- Stores the key set from a fetch that was granted at p_fetched_at, in microseconds since the epoch. It never
-- replaces a newer set from the same source. After a provider's first set, the next refresh may follow at once.
-- After a set from another source it may not, since two versions of a configuration that run beside each other
-- replace each other's sets.
CREATE OR REPLACE FUNCTION shell.keep_key_set(
  p_provider text, p_source text, p_key_set text, p_fetched_at bigint, OUT kept boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  INSERT INTO shell.key_sets AS k (identity_provider_id, source, key_set, fetched_at)
  SELECT p.id, p_source, p_key_set, to_timestamp(0) + p_fetched_at * interval '1 microsecond'
  FROM shell.identity_providers p WHERE p.slug = p_provider
  ON CONFLICT ON CONSTRAINT key_sets_pkey DO UPDATE
  SET source = excluded.source, key_set = excluded.key_set, fetched_at = excluded.fetched_at,
    asked_at = CASE WHEN k.key_set IS NOT NULL THEN k.asked_at END
  WHERE k.key_set IS NULL OR k.source <> excluded.source OR k.fetched_at < excluded.fetched_at
    OR k.fetched_at > clock_timestamp();
  kept := FOUND;
END
$$;

-- Requests the right to fetch a transmitter's keys, as `shell.claim_key_refresh` does for a provider's.
CREATE OR REPLACE FUNCTION shell.claim_transmitter_key_refresh(
  p_transmitter text, p_source text,
  OUT granted boolean, OUT wait_seconds integer, OUT granted_at bigint, OUT fetched_at bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_transmitter shell.ssf_transmitters;
BEGIN
  UPDATE shell.ssf_transmitters t SET asked_at = clock_timestamp(),
    source = CASE WHEN t.key_set IS NULL THEN p_source ELSE t.source END
  WHERE t.slug = p_transmitter AND (t.asked_at IS NULL OR t.asked_at > clock_timestamp()
    OR t.asked_at <= clock_timestamp() - shell.key_refresh_interval(t.key_set IS NOT NULL AND t.source = p_source))
  RETURNING t.* INTO v_transmitter;
  granted := FOUND;
  IF NOT granted THEN
    SELECT t.* INTO v_transmitter FROM shell.ssf_transmitters t WHERE t.slug = p_transmitter;
  END IF;
  granted_at := shell.unix_microseconds(v_transmitter.asked_at);
  IF v_transmitter.source = p_source THEN
    fetched_at := shell.unix_microseconds(v_transmitter.fetched_at);
  END IF;
  wait_seconds := greatest(1, ceil(extract(epoch FROM v_transmitter.asked_at
    + shell.key_refresh_interval(fetched_at IS NOT NULL) - clock_timestamp())))::integer;
END
$$;

-- Stores the key set from a fetch of a transmitter's keys, as `shell.keep_key_set` does for a provider's.
CREATE OR REPLACE FUNCTION shell.keep_transmitter_key_set(
  p_transmitter text, p_source text, p_key_set text, p_fetched_at bigint, OUT kept boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_fetched_at timestamptz := to_timestamp(0) + p_fetched_at * interval '1 microsecond';
BEGIN
  UPDATE shell.ssf_transmitters t
  SET source = p_source, key_set = p_key_set, fetched_at = v_fetched_at,
    asked_at = CASE WHEN t.key_set IS NOT NULL THEN t.asked_at END
  WHERE t.slug = p_transmitter AND (t.key_set IS NULL OR t.source <> p_source OR t.fetched_at < v_fetched_at
    OR t.fetched_at > clock_timestamp());
  kept := FOUND;
END
$$;
