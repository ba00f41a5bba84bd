-- The only entrance of requests to a tenant's data. Other functions for HTTP requests that set
-- `shell.organization_id` or `shell.platform` do so only for one query of their own.

-- Enters a tenant: from here to the end of the statement, policies see the organization that
-- shell.current_organization() returns. Returns why the caller is refused, or null; a refused caller has entered
-- nothing.
--
-- p_caller is the caller, its request and its way: `organization` (of the token), `provider` (the slug of the
-- provider that signed it), `acting_for` (the slug in `Shell-Organization`, or null), `subject`, `request_id`,
-- `issued_at` (seconds since the epoch, absent where a component accepts tokens without it), and `reach`. Members may
-- be added; none may change its meaning. What the caller may do there was decided before (shared/access); `needs` is
-- sent by components of a version that did not decide it.
--
-- Tokens that were issued before the caller's membership ended, or before the provider disabled the organization,
-- give no access to it. Providers use whole seconds: a token of the same second counts as issued before.
--
-- p_platform_wide: if the caller's own organization is platform, whichever organization it acts for, and its `reach`
-- is not `own`, policies let the rest of the statement see every organization. Otherwise nothing changes.
CREATE OR REPLACE FUNCTION shell.enter(p_caller jsonb, p_platform_wide boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_setting text := set_config('shell.organization_id', p_caller ->> 'organization', true);
  v_acting_for text := p_caller ->> 'acting_for';
  v_needs text := p_caller ->> 'needs';
  v_own shell.slug;
  v_provider shell.slug;
  v_status shell.organization_status;
  v_cut_off_at timestamptz;
  v_refusal text;
  v_entered uuid;
BEGIN
  SELECT o.slug, o.identity_provider, o.status, greatest(o.cut_off_at, c.cut_off_at)
  INTO v_own, v_provider, v_status, v_cut_off_at
  FROM shell.organizations o
  LEFT JOIN shell.membership_cutoffs c ON c.organization_id = o.id AND c.subject = p_caller ->> 'subject'
  WHERE o.id = shell.current_organization();

  IF v_own IS NULL THEN
    v_refusal := 'unknown_organization';
  ELSIF v_provider IS DISTINCT FROM p_caller ->> 'provider' THEN
    v_refusal := 'foreign_provider';
  ELSIF v_status = 'suspended' THEN
    v_refusal := 'suspended_organization';
  ELSIF v_cut_off_at IS NOT NULL
    AND coalesce((p_caller ->> 'issued_at')::bigint, 0) <= extract(epoch FROM v_cut_off_at) THEN
    v_refusal := 'ended_membership';
  ELSIF v_acting_for <> v_own THEN
    IF v_own <> 'platform' THEN
      v_refusal := 'not_platform';
    ELSE
      v_setting := set_config('shell.platform', 'on', true);
      SELECT o.id INTO v_entered FROM shell.organizations o WHERE o.slug = v_acting_for;
      v_setting := set_config('shell.platform', '', true);
      IF v_entered IS NULL THEN
        v_refusal := 'unknown_acting_for';
      ELSE
        v_setting := set_config('shell.organization_id', v_entered::text, true);
      END IF;
    END IF;
  END IF;

  IF v_refusal IS NULL THEN
    IF v_needs IS NOT NULL AND NOT (v_needs = 'platform' AND v_own = 'platform') THEN
      v_refusal := 'not_granted';
    ELSIF p_platform_wide AND v_own = 'platform' AND p_caller ->> 'reach' IS DISTINCT FROM 'own' THEN
      v_setting := set_config('shell.platform', 'on', true);
    END IF;
  END IF;
  IF v_refusal IS NOT NULL THEN
    v_setting := set_config('shell.organization_id', '', true);
  END IF;
  RETURN v_refusal;
END
$$;
