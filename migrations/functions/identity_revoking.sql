-- What identity providers tell of sessions that ended: the facts of kind `revocation`.

-- Revokes something of the provider's at the time of the event: `kind` and `value` as `shell.revocations` has them.
-- A clock that is ahead by more than tokens may be is not believed.
CREATE OR REPLACE FUNCTION shell.revoke_told(p_kind text, p_value text, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_revocation shell.revocations;
BEGIN
  v_revocation.identity_provider_id := work ->> 'provider';
  v_revocation.kind := p_kind;
  v_revocation.value := p_value;
  v_revocation.cut_off_at := CASE WHEN p_kind = 'token_id' THEN 'infinity'
    ELSE least((work ->> 'at')::timestamptz, clock_timestamp() + interval '30 seconds') END;
  v_revocation.source := work ->> 'source';
  work := shell.work_with(shell.work_counted(work), 'revocations', shell.revoke(v_revocation));
END
$$;

-- Applies that all is revoked that users had who are known by their e-mail address, or by an identity that is linked
-- with theirs. Where nobody is, the event has failed, and is applied again when it is replayed.
CREATE OR REPLACE FUNCTION shell.tell_revocation_of_known(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_user text;
  v_is_known boolean := false;
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
    v_is_known := true;
    work := shell.revoke_told('subject', v_user, work);
  END LOOP;
  IF NOT v_is_known THEN
    RAISE EXCEPTION USING MESSAGE = 'unknown_subject', CONSTRAINT = 'reason';
  END IF;
END
$$;

-- Applies a fact that something is revoked. A subject's tokens that name no session end with any session of it.
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
