-- Events of identity providers about sessions that ended: facts of the kinds `revocation`, `not_before`,
-- `password_reset` and `client`.

-- Revokes tokens of the provider that were issued until p_until; p_kind and p_value are as in
-- `shell.revocations`. A time that is further ahead than an issuer's clock may be is reduced to that limit. A
-- revocation that is already stored is not a change, but is written to Redis again, since the first call may have
-- failed before that.
CREATE OR REPLACE FUNCTION shell.revoke_told_until(
  p_kind text, p_value text, p_until timestamptz, INOUT work jsonb
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_revocation shell.revocations;
BEGIN
  v_revocation.identity_provider_id := work ->> 'provider';
  v_revocation.kind := p_kind;
  v_revocation.value := p_value;
  v_revocation.cut_off_at := CASE WHEN p_until = 'infinity' THEN p_until
    ELSE least(p_until, clock_timestamp() + interval '30 seconds') END;
  v_revocation.source := work ->> 'source';
  IF NOT EXISTS (
    SELECT FROM shell.revocations r
    WHERE r.identity_provider_id = v_revocation.identity_provider_id AND r.kind = p_kind COLLATE "C"
      AND r.value = p_value COLLATE "C" AND r.organization_id IS NULL
      AND r.cut_off_at >= v_revocation.cut_off_at) THEN
    work := shell.work_counted(work);
  END IF;
  work := shell.work_with(work, 'revocations', shell.revoke(v_revocation));
END
$$;

-- The same until the time of the event; a `token_id` is revoked whenever the token was issued.
CREATE OR REPLACE FUNCTION shell.revoke_told(p_kind text, p_value text, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  work := shell.revoke_told_until(p_kind, p_value,
    CASE WHEN p_kind = 'token_id' THEN 'infinity' ELSE (work ->> 'at')::timestamptz END, work);
END
$$;

-- Revokes all tokens of the users who have the e-mail address, or the linked identity, that a fact names. They
-- are added to `found`; a user that an event names in several ways, once.
CREATE OR REPLACE FUNCTION shell.tell_revocation_of_known(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_user text;
  v_found jsonb;
BEGIN
  FOR v_user IN
    SELECT u.external_id FROM shell.users u
    WHERE p_fact ->> 'scope' = 'email' AND u.identity_provider_id = v_provider
      AND lower(u.email) = lower(p_fact ->> 'email') AND u.erased_at IS NULL
    UNION ALL
    SELECT l.user_external_id FROM shell.linked_identities l
    WHERE p_fact ->> 'scope' = 'linked' AND l.identity_provider_id = v_provider
      AND l.alias = p_fact ->> 'alias' COLLATE "C" AND l.external_id = p_fact ->> 'external_id' COLLATE "C"
    ORDER BY 1
  LOOP
    v_found := jsonb_build_array(jsonb_build_object('kind', 'revocation', 'scope', 'subject', 'user', v_user));
    IF NOT coalesce(work -> 'found' @> v_found, false) THEN
      work := shell.work_with(shell.revoke_told('subject', v_user, work), 'found', v_found);
    END IF;
  END LOOP;
END
$$;

-- The facts of an event that was applied, as they are stored: the identifiers of the users that were found
-- replace what they were looked up by. An event that has no other facts and finds no user has failed, and is
-- retried by `replay`; an event that has other facts need not find anybody.
CREATE OR REPLACE FUNCTION shell.found_facts(p_facts jsonb, p_found jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SECURITY INVOKER AS $$
DECLARE
  v_facts jsonb := coalesce(p_found, '[]') || (
    SELECT coalesce(jsonb_agg(f.fact ORDER BY f.place), '[]')
    FROM jsonb_array_elements(p_facts) WITH ORDINALITY f(fact, place)
    WHERE coalesce(f.fact ->> 'scope', '') NOT IN ('email', 'linked'));
BEGIN
  IF v_facts = '[]' AND p_facts <> '[]' THEN
    RAISE EXCEPTION USING MESSAGE = 'unknown_subject', CONSTRAINT = 'reason';
  END IF;
  RETURN v_facts;
END
$$;

-- Applies a revocation. If a session of a subject is revoked, so are the subject's tokens that name no session.
CREATE OR REPLACE FUNCTION shell.tell_revocation(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  CASE p_fact ->> 'scope'
    WHEN 'subject' THEN
      work := shell.revoke_told('subject', p_fact ->> 'user', work);
    WHEN 'session' THEN
      work := shell.revoke_told('session', p_fact ->> 'session', work);
      IF p_fact ->> 'user' IS NOT NULL THEN
        work := shell.revoke_told('sessionless', p_fact ->> 'user', work);
      END IF;
    WHEN 'token_id' THEN
      work := shell.revoke_told('token_id', p_fact ->> 'token_id', work);
    WHEN 'provider' THEN
      work := shell.revoke_told('provider', '', work);
    WHEN 'email', 'linked' THEN
      work := shell.tell_revocation_of_known(p_fact, work);
    ELSE RAISE EXCEPTION 'an event revokes the unknown "%"', p_fact ->> 'scope';
  END CASE;
END
$$;

-- The time until which tokens are revoked if they must be issued at p_not_before, in seconds since the epoch, or
-- later; null if p_not_before is.
CREATE OR REPLACE FUNCTION shell.before_moment(p_not_before bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_timestamp(p_not_before - 1);

-- Applies a provider's "not before": tokens that were issued earlier are revoked.
CREATE OR REPLACE FUNCTION shell.tell_not_before(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  work := shell.revoke_told_until('provider', '', shell.before_moment((p_fact ->> 'not_before')::bigint), work);
END
$$;

-- Applies that a password was reset, which revokes the user's tokens if the provider is configured so.
CREATE OR REPLACE FUNCTION shell.tell_password_reset(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  IF (SELECT p.password_reset_ends_sessions FROM shell.identity_providers p
    WHERE p.id = (work ->> 'provider')::uuid) THEN
    work := shell.revoke_told('subject', p_fact ->> 'user', work);
  END IF;
END
$$;

-- Applies a fact about a client, by the provider's identifier or, if that is missing, by its name in tokens. A
-- revocation covers every name that the client ever had, in whatever order the facts arrive: tokens from before
-- it was renamed have the old name. If no name of the client is known, the event fails with `unknown_client`. A
-- time that is further ahead than an issuer's clock may be is reduced to that limit: it would hide an earlier end
-- of the client.
CREATE OR REPLACE FUNCTION shell.tell_client(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_client text := p_fact ->> 'client';
  v_name text := p_fact ->> 'client_id';
  v_until timestamptz := greatest(
    CASE WHEN (p_fact ->> 'ended')::boolean THEN (work ->> 'at')::timestamptz END,
    shell.before_moment((p_fact ->> 'not_before')::bigint));
  v_known bigint;
BEGIN
  IF v_until IS NOT NULL THEN
    v_until := least(v_until, clock_timestamp() + interval '30 seconds');
  END IF;
  IF v_client IS NULL THEN
    work := shell.revoke_told_until('client', v_name, v_until, work);
    RETURN;
  END IF;
  IF v_name IS NOT NULL THEN
    INSERT INTO shell.provider_clients (identity_provider_id, external_id, client_id)
    VALUES (v_provider, v_client, v_name)
    ON CONFLICT ON CONSTRAINT provider_clients_pkey DO NOTHING;
  END IF;
  SELECT count(*), greatest(v_until, max(c.ended_at)) INTO v_known, v_until
  FROM shell.provider_clients c
  WHERE c.identity_provider_id = v_provider AND c.external_id = v_client COLLATE "C";
  IF v_known = 0 THEN
    RAISE EXCEPTION USING MESSAGE = 'unknown_client', CONSTRAINT = 'reason';
  END IF;
  IF v_until IS NULL THEN
    RETURN;
  END IF;
  FOR v_name IN
    UPDATE shell.provider_clients c SET ended_at = v_until
    WHERE c.identity_provider_id = v_provider AND c.external_id = v_client COLLATE "C"
    RETURNING c.client_id
  LOOP
    work := shell.revoke_told_until('client', v_name, v_until, work);
  END LOOP;
END
$$;
