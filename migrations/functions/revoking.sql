-- Revocations by administrators, and the list of all revocations in force.

-- The time until which a revocation may still refuse a token, if no token lives longer than p_longest seconds.
CREATE OR REPLACE FUNCTION shell.revocation_end(r shell.revocations, p_longest bigint) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce((r).expires_at,
  CASE WHEN (r).cut_off_at = 'infinity' THEN (r).revoked_at ELSE (r).cut_off_at END
    + make_interval(secs => p_longest));

-- A revocation as the API shows it. One that applies to tokens of any time has no time.
CREATE OR REPLACE FUNCTION shell.revocation_document(r shell.revocations, p_longest bigint) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object(
  'id', (r).id,
  'provider', (SELECT p.slug FROM shell.identity_providers p WHERE p.id = (r).identity_provider_id),
  'kind', (r).kind,
  'value', (r).value,
  'organization_id', (r).organization_id,
  'cut_off_at', shell.rfc3339(nullif((r).cut_off_at, 'infinity')),
  'source', (r).source,
  'reason', (r).reason,
  'revoked_at', shell.rfc3339((r).revoked_at),
  'ends_at', shell.rfc3339(shell.revocation_end(r, p_longest)));

-- Revokes what p_revocation names: a `subject`, a `session` or a `token_id` (its `kind` and `value`) in the
-- organization that the caller enters, for its tokens there only; or, for platform, a `client` of the
-- `identity_provider`, by default the caller's own, or an `organization` by its `slug` or `id`, for all of the
-- provider's tokens. `reason` may be absent.
--
-- The clock of an issuer may be ahead by up to 30 s (shared/service, claims): tokens that are issued within 30 s from
-- now are refused, too. A token's identifier is refused whenever the token was issued.
CREATE OR REPLACE FUNCTION shell.add_revocation(
  p_caller jsonb, p_revocation jsonb, p_id uuid, p_longest bigint,
  OUT refusal text, OUT outcome text, OUT document text, OUT change text, OUT touched text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_kind text := p_revocation ->> 'kind';
  v_is_platforms boolean := v_kind IN ('client', 'organization');
  v_revocation shell.revocations;
  v_stands shell.revocations;
  v_organization shell.organizations;
  v_counter bigint;
  v_told jsonb;
  v_setting text;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => v_is_platforms);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  IF v_kind = 'organization' THEN
    SELECT * INTO v_organization FROM shell.organizations o
    WHERE o.slug = p_revocation ->> 'slug' OR o.id = (p_revocation ->> 'id')::uuid;
    outcome := CASE WHEN v_organization.id IS NULL THEN 'unknown_organization'
      WHEN v_organization.slug = 'platform' THEN 'platform_cut_off' END;
    v_revocation.identity_provider_id := v_organization.identity_provider_id;
    v_revocation.value := v_organization.id;
  ELSIF v_kind = 'client' THEN
    SELECT p.id INTO v_revocation.identity_provider_id FROM shell.identity_providers p
    WHERE p.slug = coalesce(p_revocation ->> 'identity_provider', p_caller ->> 'provider');
    outcome := CASE WHEN v_revocation.identity_provider_id IS NULL THEN 'unknown_identity_provider' END;
    v_revocation.value := p_revocation ->> 'value';
  ELSE
    SELECT o.id, o.identity_provider_id INTO v_revocation.organization_id, v_revocation.identity_provider_id
    FROM shell.organizations o WHERE o.id = shell.current_organization();
    v_revocation.value := p_revocation ->> 'value';
  END IF;
  IF outcome IS NOT NULL THEN
    RETURN;
  END IF;

  v_revocation.id := p_id;
  v_revocation.kind := v_kind;
  v_revocation.revoked_at := clock_timestamp();
  v_revocation.cut_off_at := CASE WHEN v_kind = 'token_id' THEN 'infinity'
    ELSE v_revocation.revoked_at + interval '30 seconds' END;
  v_revocation.source := 'administrator';
  v_revocation.reason := p_revocation ->> 'reason';
  v_setting := set_config('shell.identity_provider_id',
    CASE WHEN v_is_platforms THEN v_revocation.identity_provider_id::text ELSE '' END, true);
  v_told := shell.revoke(v_revocation);
  SELECT * INTO v_stands FROM shell.revocations r
  WHERE r.identity_provider_id = v_revocation.identity_provider_id AND r.kind = v_kind
    AND r.value = v_revocation.value AND r.organization_id IS NOT DISTINCT FROM v_revocation.organization_id;
  v_setting := set_config('shell.identity_provider_id', '', true);
  -- If a token's identifier was revoked before, the first revocation remains, and nothing has changed.
  IF v_stands.id = p_id THEN
    v_counter := shell.next_change();
    PERFORM shell.add_caller_event(p_caller,
      CASE WHEN v_is_platforms THEN (p_caller ->> 'organization')::uuid ELSE v_revocation.organization_id END,
      'revocation.added',
      json_build_array(json_build_object('id', v_revocation.value,
        'type', CASE v_kind WHEN 'subject' THEN 'user' WHEN 'token_id' THEN 'token' ELSE v_kind END)),
      json_strip_nulls(json_build_object('revocation', p_id, 'reason', v_revocation.reason)));
  END IF;
  outcome := 'created';
  document := shell.revocation_document(v_stands, p_longest)::text;
  change := shell.change_to_tell(v_counter, '{}');
  touched := shell.touched_by_revocations(jsonb_build_array(v_told));
END
$$;

-- The revocations that may still refuse a token in the organization that the caller enters, the newest first: at most
-- p_limit of those before the one that p_before names. `rest` names the last one if more follow. The list has those
-- that apply only there; in platform also those that apply to all of a provider's tokens. Revocations that follow
-- from another one, for tokens without a session, are left out.
CREATE OR REPLACE FUNCTION shell.list_revocations(
  p_caller jsonb, p_before uuid, p_limit integer, p_longest bigint,
  OUT refusal text, OUT items text, OUT rest text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before uuid := coalesce(p_before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_now timestamptz := clock_timestamp();
  v_organization uuid;
  v_is_platform boolean;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_is_platform := EXISTS (
    SELECT FROM shell.organizations o WHERE o.id = v_organization AND o.slug = 'platform');
  WITH found AS (
    -- Each query uses the index that gives its order.
    (SELECT r.* FROM shell.revocations r
      WHERE r.organization_id = v_organization AND r.id < v_before
        AND r.kind <> 'sessionless' AND shell.revocation_end(r, p_longest) > v_now
      ORDER BY r.id DESC LIMIT p_limit + 1)
    UNION ALL
    (SELECT r.* FROM shell.revocations r
      WHERE v_is_platform AND r.organization_id IS NULL AND r.id < v_before
        AND r.kind <> 'sessionless' AND shell.revocation_end(r, p_longest) > v_now
      ORDER BY r.id DESC LIMIT p_limit + 1)
  ), counted AS (
    SELECT f.id, row_number() OVER (ORDER BY f.id DESC) AS place FROM found f
  ), page AS (
    SELECT c.id, shell.revocation_document(r, p_longest) AS document
    FROM counted c JOIN shell.revocations r ON r.id = c.id WHERE c.place <= p_limit
  )
  SELECT coalesce(json_agg(p.document ORDER BY p.id DESC), '[]')::text,
    CASE WHEN (SELECT max(c.place) FROM counted c) > p_limit THEN min(p.id::text) END
  INTO items, rest
  FROM page p;
END
$$;
