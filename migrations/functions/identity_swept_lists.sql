-- The lists of users' data that a sweep read: each is complete, so what it does not contain no longer exists. What is
-- not in a list and was reported later is kept.

-- The items of one list of each user of a batch, if that list was read; an empty list gives one row without an
-- item.
CREATE OR REPLACE FUNCTION shell.swept_items(p_rows jsonb, p_list text, p_work jsonb)
RETURNS TABLE (external_id text, at bigint, stamp text, item jsonb)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT r.said #>> '{user,user}', (r.said -> p_list ->> 'at')::bigint,
    shell.swept_stamp(p_work, (r.said -> p_list ->> 'at')::bigint)::text, i.item
  FROM jsonb_array_elements(p_rows) r(said)
  LEFT JOIN LATERAL jsonb_array_elements(r.said -> p_list -> 'items') i(item) ON true
  WHERE r.said ? p_list;
END;

-- Links with identities at other providers.
CREATE OR REPLACE FUNCTION shell.apply_swept_links(p_rows jsonb, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_link record;
BEGIN
  FOR v_link IN
    WITH said AS MATERIALIZED (
      SELECT s.* FROM shell.swept_items(p_rows, 'links', work) s
    ), stands AS MATERIALIZED (
      SELECT l.* FROM shell.linked_identities l
      WHERE l.identity_provider_id = (work ->> 'provider')::uuid
        AND l.user_external_id = ANY (ARRAY(SELECT s.external_id FROM said s))
    )
    SELECT s.external_id, s.at, s.item ->> 'alias' AS alias, s.item, coalesce(l.is_linked, false) AS was_linked
    FROM said s
    LEFT JOIN stands l ON l.user_external_id = s.external_id AND l.alias = s.item ->> 'alias'
    WHERE s.item IS NOT NULL AND (l.stamp IS NULL OR l.stamp < s.stamp::shell.stamp)
      AND (l.is_linked IS NOT TRUE OR l.username IS DISTINCT FROM s.item ->> 'username'
        OR l.external_id IS DISTINCT FROM coalesce(s.item ->> 'external_id', l.external_id))
    UNION ALL
    SELECT DISTINCT s.external_id, s.at, l.alias, NULL::jsonb, true
    FROM said s JOIN stands l ON l.user_external_id = s.external_id
    WHERE l.is_linked AND l.stamp < s.stamp::shell.stamp AND NOT EXISTS (
      SELECT FROM said o WHERE o.external_id = l.user_external_id AND o.item ->> 'alias' = l.alias)
    ORDER BY 1, 3
  LOOP
    PERFORM shell.tell_link(jsonb_build_object('user', v_link.external_id, 'alias', v_link.alias,
      'linked', v_link.item IS NOT NULL, 'external_id', v_link.item -> 'external_id',
      'username', v_link.item -> 'username'), shell.work_as_of(work, v_link.at));
    repaired := repaired || jsonb_build_object('what', 'link', 'id', v_link.external_id, 'alias', v_link.alias,
      'change', CASE WHEN v_link.item IS NULL THEN 'unlinked' WHEN v_link.was_linked THEN 'changed' ELSE 'linked' END);
  END LOOP;
END
$$;

-- The groups that a user is in. A group that is deleted here remains deleted. If this sweep has not seen a group
-- within an organization, no member leaves it: the provider may have disabled organizations, or may not list
-- their groups, and then its members are unknown.
CREATE OR REPLACE FUNCTION shell.apply_swept_groups(p_rows jsonb, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_member record;
BEGIN
  FOR v_member IN
    WITH said AS MATERIALIZED (
      SELECT s.external_id, s.at, s.stamp, s.item #>> '{}' AS group_external_id
      FROM shell.swept_items(p_rows, 'groups', work) s
    ), stands AS MATERIALIZED (
      SELECT m.user_external_id, m.group_external_id, m.stamp, m.is_member AND NOT shell.has_left_group(m) AS is_member
      FROM shell.group_members m
      WHERE m.identity_provider_id = (work ->> 'provider')::uuid
        AND m.user_external_id = ANY (ARRAY(SELECT s.external_id FROM said s))
    )
    SELECT s.external_id, s.at, s.group_external_id, true AS is_member
    FROM said s
    LEFT JOIN stands m ON m.user_external_id = s.external_id AND m.group_external_id = s.group_external_id
    WHERE s.group_external_id IS NOT NULL AND m.is_member IS NOT TRUE
      AND (m.stamp IS NULL OR m.stamp < s.stamp::shell.stamp)
      AND NOT EXISTS (
        SELECT FROM shell.groups g
        WHERE g.identity_provider_id = (work ->> 'provider')::uuid AND g.external_id = s.group_external_id
          AND g.is_deleted)
    UNION ALL
    SELECT DISTINCT s.external_id, s.at, m.group_external_id, false
    FROM said s JOIN stands m ON m.user_external_id = s.external_id
    WHERE m.is_member AND m.stamp < s.stamp::shell.stamp AND NOT EXISTS (
      SELECT FROM said o WHERE o.external_id = m.user_external_id AND o.group_external_id = m.group_external_id)
      AND NOT EXISTS (
        SELECT FROM shell.groups g
        WHERE g.identity_provider_id = (work ->> 'provider')::uuid AND g.external_id = m.group_external_id
          AND g.organization_external_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM shell.swept w
            WHERE w.identity_provider_id = (work ->> 'provider')::uuid AND w.kind = 'group'
              AND w.external_id = m.group_external_id))
    ORDER BY 1, 3
  LOOP
    work := shell.tell_group_member(jsonb_build_object('user', v_member.external_id,
      'group', v_member.group_external_id, 'member', v_member.is_member), shell.work_as_of(work, v_member.at));
    repaired := repaired || jsonb_build_object('what', 'group_member', 'id', v_member.external_id,
      'group', v_member.group_external_id, 'change', CASE WHEN v_member.is_member THEN 'joined' ELSE 'left' END);
  END LOOP;
END
$$;

-- The organizations that a user is a member of. A membership that was removed here remains removed, and is
-- listed; one that was seeded, and about which the provider never reported anything, remains as well. An
-- organization that is not known here begins no membership: that would end the memberships that its members have
-- from the attribute or from the provider's only organization.
CREATE OR REPLACE FUNCTION shell.apply_swept_organizations(p_rows jsonb, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_member record;
BEGIN
  FOR v_member IN
    WITH said AS MATERIALIZED (
      SELECT s.external_id, s.at, s.stamp, s.item #>> '{}' AS organization
      FROM shell.swept_items(p_rows, 'organizations', work) s
    ), stands AS MATERIALIZED (
      SELECT DISTINCT ON (f.user_external_id, f.organization_external_id)
        f.user_external_id, f.organization_external_id, f.is_member, f.source, f.stamp
      FROM shell.membership_facts f
      WHERE f.identity_provider_id = v_provider
        AND f.user_external_id = ANY (ARRAY(SELECT s.external_id FROM said s))
      ORDER BY f.user_external_id, f.organization_external_id, f.stamp DESC
    )
    SELECT s.external_id, s.at, s.organization, true AS is_member,
      CASE WHEN r.subject IS NOT NULL THEN o.slug END AS removed_from
    FROM said s
    JOIN shell.organizations o ON o.identity_provider_id = v_provider AND o.external_id = s.organization
    LEFT JOIN stands f ON f.user_external_id = s.external_id AND f.organization_external_id = s.organization
    -- Only a later event brings back a user that was removed here: a list does not show whether the user joined
    -- again.
    LEFT JOIN shell.removed_memberships r ON r.organization_id = o.id AND r.subject = s.external_id
      AND NOT EXISTS (
        SELECT FROM shell.membership_facts e
        WHERE e.identity_provider_id = v_provider AND e.user_external_id = s.external_id
          AND e.organization_external_id = s.organization AND e.source <> 'sweep'
          AND shell.stamp_time(e.stamp) > r.removed_at)
    WHERE (f.stamp IS NULL OR f.stamp < s.stamp::shell.stamp) AND (f.is_member IS NOT TRUE OR r.subject IS NOT NULL)
    UNION ALL
    SELECT DISTINCT s.external_id, s.at, f.organization_external_id, false, NULL
    FROM said s JOIN stands f ON f.user_external_id = s.external_id
    WHERE f.is_member AND f.source <> 'seed' AND f.stamp < s.stamp::shell.stamp AND NOT EXISTS (
      SELECT FROM said o WHERE o.external_id = f.user_external_id AND o.organization = f.organization_external_id)
    ORDER BY 1, 3
  LOOP
    IF v_member.removed_from IS NOT NULL THEN
      repaired := repaired || jsonb_build_object('what', 'membership', 'id', v_member.external_id,
        'organization', v_member.removed_from, 'change', 'stays_removed');
      CONTINUE;
    END IF;
    work := (shell.tell_membership(jsonb_build_object('user', v_member.external_id,
      'organization', v_member.organization, 'member', v_member.is_member),
      shell.work_as_of(work, v_member.at, v_member.external_id))).work;
  END LOOP;
END
$$;
