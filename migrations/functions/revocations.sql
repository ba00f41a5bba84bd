-- Revocations: storing one, and whether a token is revoked.

-- The time of a revocation in whole seconds since the epoch; one without a time is later than any token is issued.
CREATE OR REPLACE FUNCTION shell.cut_off_seconds(p_at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_at = 'infinity' THEN 253402300799 ELSE floor(extract(epoch FROM p_at))::bigint END;

-- A revocation as it is written to Redis.
CREATE OR REPLACE FUNCTION shell.revocation_to_tell(r shell.revocations) RETURNS jsonb
LANGUAGE sql STABLE
RETURN (
  SELECT jsonb_strip_nulls(jsonb_build_object('provider', p.slug, 'kind', (r).kind, 'value', (r).value,
    'organization', (r).organization_id, 'cut_off', shell.cut_off_seconds((r).cut_off_at),
    'expires', shell.cut_off_seconds((r).expires_at)))
  FROM shell.identity_providers p WHERE p.id = (r).identity_provider_id);

-- Stores a revocation; the caller has entered the provider, or the organization in which it applies. Of two
-- revocations of the same thing, the later time applies; of two without a time, the first one, for as long as the
-- second would apply. Returns what to write to Redis.
CREATE OR REPLACE FUNCTION shell.revoke(p_revocation shell.revocations) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_revocation shell.revocations := p_revocation;
BEGIN
  v_revocation.id := coalesce(p_revocation.id, shell.audit_id(shell.unix_microseconds(v_now),
    right(replace(gen_random_uuid()::text, '-', ''), 16)));
  v_revocation.revoked_at := coalesce(p_revocation.revoked_at, v_now);
  INSERT INTO shell.revocations AS r SELECT (v_revocation).*
  ON CONFLICT ON CONSTRAINT revocations_key DO UPDATE
  SET id = excluded.id, cut_off_at = excluded.cut_off_at, expires_at = excluded.expires_at,
    source = excluded.source, reason = excluded.reason, revoked_at = excluded.revoked_at
  WHERE r.cut_off_at < excluded.cut_off_at;
  UPDATE shell.revocations r SET revoked_at = v_revocation.revoked_at
  WHERE v_revocation.cut_off_at = 'infinity' AND r.identity_provider_id = v_revocation.identity_provider_id
    AND r.kind = v_revocation.kind AND r.value = v_revocation.value
    AND r.organization_id IS NOT DISTINCT FROM v_revocation.organization_id
    AND r.revoked_at < v_revocation.revoked_at;
  RETURN shell.revocation_to_tell(v_revocation);
END
$$;

-- Whether a token of a provider is revoked, in an organization or, if that is null, anywhere. p_token has its `hash`
-- (the SHA-256 of the signed part, in hex), `subject`, `issued_at` (seconds since the epoch), and `session`,
-- `token_id` and `client`, if the token has them.
CREATE OR REPLACE FUNCTION shell.is_revoked(p_provider uuid, p_organization uuid, p_token jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before text := coalesce(current_setting('shell.identity_provider_id', true), '');
  v_setting text := set_config('shell.identity_provider_id', p_provider::text, true);
  v_issued_at timestamptz := to_timestamp(coalesce((p_token ->> 'issued_at')::bigint, 0));
  v_is_revoked boolean;
BEGIN
  SELECT EXISTS (
    SELECT FROM (VALUES
      ('token', p_token ->> 'hash'),
      ('token_id', p_token ->> 'token_id'),
      (CASE WHEN p_token ->> 'session' IS NULL THEN 'sessionless' ELSE 'session' END,
        coalesce(p_token ->> 'session', p_token ->> 'subject')),
      ('subject', p_token ->> 'subject'),
      ('client', p_token ->> 'client'),
      ('organization', p_organization::text),
      ('provider', '')) AS t(kind, value)
    JOIN shell.revocations r
      ON r.identity_provider_id = p_provider AND r.kind = t.kind COLLATE "C" AND r.value = t.value COLLATE "C"
    WHERE (r.organization_id IS NULL OR r.organization_id = p_organization) AND r.cut_off_at >= v_issued_at
      -- While an organization is suspended, its members get that as the reason.
      AND (r.source <> 'suspension' OR NOT EXISTS (
        SELECT FROM shell.organizations o WHERE o.id = p_organization AND o.status = 'suspended')))
  INTO v_is_revoked;
  v_setting := set_config('shell.identity_provider_id', v_before, true);
  RETURN v_is_revoked;
END
$$;

-- Admits a caller to its own organization with its token, and does nothing there: returns why it is refused, or null.
-- p_caller is as in `shell.enter`, p_token as in `shell.is_revoked`.
CREATE OR REPLACE FUNCTION shell.admit(p_caller jsonb, p_token jsonb) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid := p_caller ->> 'organization';
  v_provider uuid := (SELECT p.id FROM shell.identity_providers p WHERE p.slug = p_caller ->> 'provider');
  v_setting text;
BEGIN
  v_setting := set_config('shell.organization_id', v_organization::text, true);
  -- The revocation comes first as the reason, whatever the state of the organization.
  IF shell.is_revoked(v_provider, v_organization, p_token) THEN
    v_setting := set_config('shell.organization_id', '', true);
    RETURN 'revoked';
  END IF;
  RETURN shell.enter(p_caller);
END
$$;

-- Whether this one token of the provider that was entered is revoked.
CREATE OR REPLACE FUNCTION shell.is_token_revoked(p_provider uuid, p_hash text) RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER AS $$
  SELECT EXISTS (
    SELECT FROM shell.revocations r
    WHERE r.identity_provider_id = p_provider AND r.kind = 'token' AND r.value = p_hash COLLATE "C"
      AND r.organization_id IS NULL)
$$;

-- Revokes a token for its holder, by the SHA-256 of its signed part and its end in seconds since the epoch. If
-- p_caller, as in `shell.enter`, may enter its organization, the event is recorded in the trail there.
--
-- A repeated call, which anybody with one token can make at any rate, blocks no writer: the changes are locked only
-- if the token is not revoked yet, and then that is checked again.
CREATE OR REPLACE FUNCTION shell.revoke_token(
  p_provider text, p_hash text, p_expires_at bigint, p_caller jsonb, OUT change text, OUT touched text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_counter bigint;
  v_revocation shell.revocations;
  v_setting text;
  v_is_new boolean;
BEGIN
  SELECT p.id INTO v_revocation.identity_provider_id FROM shell.identity_providers p WHERE p.slug = p_provider;
  v_revocation.kind := 'token';
  v_revocation.value := p_hash;
  v_revocation.cut_off_at := 'infinity';
  v_revocation.expires_at := to_timestamp(p_expires_at);
  v_revocation.source := 'holder';
  v_setting := set_config('shell.identity_provider_id', v_revocation.identity_provider_id::text, true);
  v_is_new := NOT shell.is_token_revoked(v_revocation.identity_provider_id, p_hash);
  IF v_is_new THEN
    PERFORM shell.lock_changes();
    v_is_new := NOT shell.is_token_revoked(v_revocation.identity_provider_id, p_hash);
  END IF;
  IF v_is_new THEN
    PERFORM shell.revoke(v_revocation);
  END IF;
  v_setting := set_config('shell.identity_provider_id', '', true);
  IF v_is_new THEN
    v_counter := shell.next_change();
    IF p_caller IS NOT NULL AND shell.enter(p_caller) IS NULL THEN
      PERFORM shell.add_caller_event(p_caller, shell.current_organization(), 'token.revoked',
        json_build_array(json_build_object('type', 'user', 'id', p_caller ->> 'subject')), '{}');
      v_setting := set_config('shell.organization_id', '', true);
    END IF;
  ELSE
    v_counter := (SELECT c.counter FROM shell.changes c);
  END IF;
  change := shell.change_to_tell(v_counter, '{}');
  touched := shell.touched_by_revocations(jsonb_build_array(shell.revocation_to_tell(v_revocation)));
END
$$;

-- What to write to Redis if only tokens were revoked, in the form that `tell_touched` reads.
CREATE OR REPLACE FUNCTION shell.touched_by_revocations(p_revocations jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_build_object('policies', '[]'::jsonb, 'voided', false, 'namings', false, 'cutoffs', '[]'::jsonb,
  'revocations', p_revocations)::text;
