-- The memberships of an organization, computed again from everything that its provider reported about it, when the
-- provider's identifier or name for it becomes known or changes. All at once: there may be tens of thousands.

-- Suspends an organization's memberships and cuts off its earlier tokens if its provider has disabled or deleted
-- it; otherwise ends the suspension.
CREATE OR REPLACE FUNCTION shell.rest_anew(p_organization uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  UPDATE shell.organizations o
  SET members_rest_at = CASE WHEN s.rests THEN coalesce(o.members_rest_at, now()) END,
    cut_off_at = CASE WHEN s.rests THEN greatest(o.cut_off_at, s.at) ELSE o.cut_off_at END
  FROM (
    SELECT CASE WHEN p.is_deleted THEN now() ELSE shell.stamp_time(p.stamp) END AS at,
      coalesce(p.is_deleted OR NOT p.is_enabled, false) AS rests
    FROM shell.organizations n
    LEFT JOIN shell.provider_organizations p
      ON p.identity_provider_id = n.identity_provider_id AND p.external_id = n.external_id
    WHERE n.id = p_organization
  ) s
  WHERE o.id = p_organization AND (s.rests OR o.members_rest_at IS NOT NULL)
$$;

-- The users about whose membership of an organization its provider reported something, and whether the latest
-- fact makes them members. A removal here takes precedence over a fact that is not later.
CREATE OR REPLACE FUNCTION shell.told_members(p_organization uuid)
RETURNS TABLE (user_id uuid, subject text, is_member boolean)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT u.id, u.external_id, l.is_member AND (r.removed_at IS NULL OR shell.stamp_time(l.stamp) > r.removed_at)
  FROM (
    SELECT DISTINCT ON (f.user_external_id) o.identity_provider_id, f.user_external_id, f.is_member, f.stamp
    FROM shell.organizations o
    JOIN shell.membership_facts f
      ON f.identity_provider_id = o.identity_provider_id AND f.organization_external_id = o.external_id
    WHERE o.id = p_organization AND f.user_external_id IS NOT NULL
    ORDER BY f.user_external_id, f.stamp DESC
  ) l
  JOIN shell.users u ON u.identity_provider_id = l.identity_provider_id AND u.external_id = l.user_external_id
  LEFT JOIN shell.removed_memberships r ON r.organization_id = p_organization AND r.subject = u.external_id
  WHERE u.deleted_at IS NULL AND u.erased_at IS NULL;
END;

-- Computes the memberships again, as part of the change with this number, which voids the organization's
-- policies. A membership that came from an event about another identifier of the organization ends, unless a fact
-- about the current identifier says the same.
CREATE OR REPLACE FUNCTION shell.settle_organization(p_organization uuid, p_counter bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider_before text := coalesce(current_setting('shell.identity_provider_id', true), '');
  v_syncing_before text := coalesce(current_setting('shell.syncing', true), '');
  v_platform_before text := coalesce(current_setting('shell.platform', true), '');
  v_setting text;
  v_provider record;
  v_now timestamptz := clock_timestamp();
BEGIN
  v_setting := set_config('shell.platform', 'on', true);
  SELECT o.identity_provider_id AS id, o.identity_provider AS slug INTO v_provider
  FROM shell.organizations o WHERE o.id = p_organization;
  v_setting := set_config('shell.identity_provider_id', v_provider.id::text, true);
  v_setting := set_config('shell.syncing', 'on', true);

  PERFORM shell.rest_anew(p_organization);
  INSERT INTO shell.membership_cutoffs AS c (organization_id, subject, cut_off_at)
  SELECT p_organization, f.user_external_id, shell.stamp_time(max(f.stamp))
  FROM shell.organizations o
  JOIN shell.membership_facts f
    ON f.identity_provider_id = o.identity_provider_id AND f.organization_external_id = o.external_id
  WHERE o.id = p_organization AND f.user_external_id IS NOT NULL AND NOT f.is_member
  GROUP BY f.user_external_id
  ON CONFLICT ON CONSTRAINT membership_cutoffs_pkey DO UPDATE
  SET cut_off_at = greatest(c.cut_off_at, excluded.cut_off_at);

  WITH told AS MATERIALIZED (
    SELECT * FROM shell.told_members(p_organization)
  ), ended AS (
    DELETE FROM shell.memberships m USING shell.users u
    WHERE m.organization_id = p_organization AND u.id = m.user_id AND (
      EXISTS (SELECT FROM told t WHERE t.user_id = m.user_id AND NOT t.is_member)
      OR m.source = 'event' AND NOT EXISTS (SELECT FROM told t WHERE t.user_id = m.user_id))
    RETURNING u.external_id AS subject, m.source
  ), cut AS (
    INSERT INTO shell.membership_cutoffs AS c (organization_id, subject, cut_off_at)
    SELECT p_organization, e.subject, v_now FROM ended e
    ON CONFLICT ON CONSTRAINT membership_cutoffs_pkey DO UPDATE
    SET cut_off_at = greatest(c.cut_off_at, excluded.cut_off_at)
  ), begun AS (
    INSERT INTO shell.memberships AS m (organization_id, user_id, source, version)
    SELECT p_organization, t.user_id, 'event', p_counter FROM told t WHERE t.is_member
    ON CONFLICT ON CONSTRAINT memberships_pkey DO NOTHING
    RETURNING m.user_id
  )
  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type, actor_id, targets,
    target_ids, outcome, metadata)
  SELECT p_organization,
    shell.audit_id(shell.unix_microseconds(e.at), right(replace(gen_random_uuid()::text, '-', ''), 16)),
    e.at, e.at, e.action, 'identity_provider', v_provider.slug,
    json_build_array(json_build_object('type', 'user', 'id', e.subject)), ARRAY[e.subject], 'success',
    json_build_object('source', e.source)
  FROM (
    SELECT c.*, v_now + row_number() OVER (ORDER BY c.subject) * interval '1 microsecond' AS at
    FROM (
      SELECT 'user.removed' AS action, e.subject, e.source FROM ended e
      UNION ALL
      SELECT 'user.added', t.subject, 'event' FROM begun b JOIN told t USING (user_id)
    ) c
  ) e;
  UPDATE shell.memberships m SET source = 'event'
  FROM shell.told_members(p_organization) t
  WHERE m.organization_id = p_organization AND m.user_id = t.user_id AND t.is_member
    AND m.source IN ('attribute', 'only_organization');
  PERFORM shell.void_policies(p_organization, p_counter);

  v_setting := set_config('shell.identity_provider_id', v_provider_before, true);
  v_setting := set_config('shell.syncing', v_syncing_before, true);
  v_setting := set_config('shell.platform', v_platform_before, true);
END
$$;
