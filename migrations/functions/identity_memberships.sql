-- The members of organizations: according to the identity provider's events, or else according to the user's
-- attribute or the provider's only organization. Memberships follow from the stored data, in whatever order it
-- arrived.

-- Cuts off a subject's tokens of an organization that were issued until p_at.
CREATE OR REPLACE FUNCTION shell.cut_off(
  p_organization uuid, p_subject text, p_at timestamptz, INOUT work jsonb
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  INSERT INTO shell.membership_cutoffs AS c (organization_id, subject, cut_off_at)
  VALUES (p_organization, p_subject, p_at)
  ON CONFLICT ON CONSTRAINT membership_cutoffs_pkey DO UPDATE SET cut_off_at = excluded.cut_off_at
  WHERE c.cut_off_at < excluded.cut_off_at;
  IF FOUND THEN
    work := shell.work_counted(shell.work_with(work, 'cutoffs', jsonb_build_object(
      'organization', p_organization, 'subject', p_subject)));
  END IF;
END
$$;

-- Notes that a subject's policy in an organization has changed.
CREATE OR REPLACE FUNCTION shell.work_touching(p_work jsonb, p_organization uuid, p_subject text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN shell.work_with(p_work, 'policies', jsonb_build_object('organization', p_organization, 'subject', p_subject));

-- The organization to which a user belongs as long as no event makes the user a member of any: the one that the
-- user's attribute names, or else the provider's only one. A membership of the only one (p_standing) remains if
-- the provider gets more organizations.
CREATE OR REPLACE FUNCTION shell.fallback_of(
  u shell.users, p_standing uuid, OUT organization_id uuid, OUT source text
)
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_all record;
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT DISTINCT ON (f.organization_external_id) f.is_member, f.source FROM shell.membership_facts f
      WHERE f.identity_provider_id = u.identity_provider_id AND f.user_external_id = u.external_id
      ORDER BY f.organization_external_id, f.stamp DESC
    ) l WHERE l.is_member AND l.source <> 'seed') THEN
    RETURN;
  END IF;
  IF u.organization_attribute ~ '^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$' THEN
    SELECT o.id, 'attribute' INTO organization_id, source FROM shell.organizations o
    WHERE o.id = u.organization_attribute::uuid AND o.identity_provider_id = u.identity_provider_id;
  END IF;
  IF organization_id IS NULL AND NOT u.is_service_account THEN
    organization_id := p_standing;
    IF organization_id IS NULL THEN
      SELECT count(*) AS many, min(t.id::text)::uuid AS id, bool_or(t.slug = 'platform') AS is_platform INTO v_all
      FROM (
        SELECT o.id, o.slug FROM shell.organizations o
        WHERE o.identity_provider_id = u.identity_provider_id LIMIT 2
      ) t;
      IF v_all.many = 1 AND NOT v_all.is_platform THEN
        organization_id := v_all.id;
      END IF;
    END IF;
    IF organization_id IS NOT NULL THEN
      source := 'only_organization';
    END IF;
  END IF;
END
$$;

-- Stores that a user was seeded as a member, before an event ends this membership: the event may turn out to mean
-- another user.
CREATE OR REPLACE FUNCTION shell.keep_seeded(p_provider uuid, p_organization uuid, p_user text) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  INSERT INTO shell.membership_facts (identity_provider_id, organization_external_id, stamp, source, is_member,
    user_external_id, by_name)
  SELECT p_provider, o.external_id, shell.stamp_of(0, 'seed:' || p_user), 'seed', true, p_user, false
  FROM shell.organizations o WHERE o.id = p_organization AND o.external_id IS NOT NULL
  ON CONFLICT ON CONSTRAINT membership_facts_pkey DO NOTHING
$$;

-- Computes one membership from everything that is stored, and updates it. p_user is the user; its id is null if
-- only the external_id is known. p_fallback and p_fallback_source are from shell.fallback_of.
CREATE OR REPLACE FUNCTION shell.settle_member(
  p_user shell.users, p_organization uuid, p_fallback uuid, p_fallback_source text, INOUT work jsonb
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_subject text := p_user.external_id;
  v_standing text;
  v_wanted text;
  v_fact record;
  v_removed_at timestamptz;
BEGIN
  SELECT (array_agg(f.is_member ORDER BY f.stamp DESC))[1] AS is_member,
      shell.stamp_time(max(f.stamp)) AS at,
      shell.stamp_time(max(f.stamp) FILTER (WHERE NOT f.is_member)) AS ended_at
    INTO v_fact
  FROM shell.organizations o
  JOIN shell.membership_facts f ON f.identity_provider_id = o.identity_provider_id
    AND f.organization_external_id = o.external_id AND f.user_external_id = v_subject
  WHERE o.id = p_organization;
  IF v_fact.ended_at IS NOT NULL THEN
    work := shell.cut_off(p_organization, v_subject, v_fact.ended_at, work);
  END IF;
  IF p_user.id IS NULL THEN
    RETURN;
  END IF;

  SELECT m.source INTO v_standing FROM shell.memberships m
  WHERE m.organization_id = p_organization AND m.user_id = p_user.id;
  SELECT r.removed_at INTO v_removed_at FROM shell.removed_memberships r
  WHERE r.organization_id = p_organization AND r.subject = v_subject;
  v_wanted := CASE
    WHEN p_user.deleted_at IS NOT NULL OR p_user.erased_at IS NOT NULL THEN NULL
    WHEN v_removed_at >= v_fact.at OR (v_removed_at IS NOT NULL AND v_fact.at IS NULL) THEN NULL
    WHEN NOT v_fact.is_member THEN NULL
    WHEN v_standing = 'seed' THEN 'seed'
    WHEN v_fact.is_member THEN 'event'
    WHEN p_fallback = p_organization THEN p_fallback_source
  END;

  IF v_wanted IS NOT DISTINCT FROM v_standing THEN
    RETURN;
  ELSIF v_wanted IS NULL THEN
    work := shell.work_losing(work, p_organization);
    IF v_standing = 'seed' THEN
      PERFORM shell.keep_seeded(p_user.identity_provider_id, p_organization, v_subject);
    END IF;
    DELETE FROM shell.memberships m WHERE m.organization_id = p_organization AND m.user_id = p_user.id;
    work := shell.cut_off(p_organization, v_subject, (work ->> 'at')::timestamptz, work);
  END IF;
  work := shell.work_counted(work);
  IF v_wanted IS NOT NULL THEN
    INSERT INTO shell.memberships AS m (organization_id, user_id, source, version)
    VALUES (p_organization, p_user.id, v_wanted, (work ->> 'counter')::bigint)
    ON CONFLICT ON CONSTRAINT memberships_pkey DO UPDATE
    SET source = excluded.source, version = excluded.version, updated_at = now();
  END IF;
  IF v_wanted IS NULL OR v_standing IS NULL THEN
    work := shell.work_touching(work, p_organization, v_subject);
    PERFORM shell.add_told_event(work, p_organization,
      CASE WHEN v_standing IS NULL THEN 'user.added' WHEN p_user.deleted_at IS NOT NULL THEN 'user.deleted'
        ELSE 'user.removed' END,
      'user', v_subject, NULL, json_build_object('source', coalesce(v_wanted, v_standing)));
  END IF;
END
$$;

-- Computes all memberships of a user from everything that is stored, and updates them.
CREATE OR REPLACE FUNCTION shell.settle_user(p_user text, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_user shell.users;
  v_fallback record;
  v_organization uuid;
BEGIN
  SELECT * INTO v_user FROM shell.users u WHERE u.identity_provider_id = v_provider AND u.external_id = p_user;
  v_user.external_id := p_user;
  IF v_user.id IS NOT NULL THEN
    v_fallback := shell.fallback_of(v_user, (
      SELECT m.organization_id FROM shell.memberships m
      WHERE m.user_id = v_user.id AND m.source = 'only_organization' LIMIT 1));
  ELSE
    SELECT NULL::uuid AS organization_id, NULL::text AS source INTO v_fallback;
  END IF;
  FOR v_organization IN
    SELECT m.organization_id FROM shell.memberships m WHERE m.user_id = v_user.id
    UNION
    SELECT o.id
    FROM shell.membership_facts f
    JOIN shell.organizations o
      ON o.identity_provider_id = v_provider AND o.external_id = f.organization_external_id
    WHERE f.identity_provider_id = v_provider AND f.user_external_id = p_user
    UNION
    SELECT v_fallback.organization_id WHERE v_fallback.organization_id IS NOT NULL
    ORDER BY 1
  LOOP
    work := shell.settle_member(v_user, v_organization, v_fallback.organization_id, v_fallback.source, work);
  END LOOP;
END
$$;

-- Cuts off the tokens that a user who left an organization of the provider was issued until p_at, if the
-- organization is known here.
CREATE OR REPLACE FUNCTION shell.cut_off_who_left(
  p_organization text, p_user text, p_at timestamptz, INOUT work jsonb
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid := (
    SELECT o.id FROM shell.organizations o
    WHERE o.identity_provider_id = (work ->> 'provider')::uuid AND o.external_id = p_organization);
BEGIN
  IF v_organization IS NOT NULL THEN
    work := shell.cut_off(v_organization, p_user, p_at, work);
  END IF;
END
$$;

-- Applies a fact of a membership that is older than the list of the user's organizations that a sweep read. A
-- user who left may have come back since: only tokens that were issued before are refused.
CREATE OR REPLACE FUNCTION shell.tell_old_membership(p_user text, p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  IF NOT (p_fact ->> 'member')::boolean THEN
    work := shell.cut_off_who_left(p_fact ->> 'organization', p_user, (work ->> 'at')::timestamptz, work);
  END IF;
END
$$;

-- Applies a fact of a membership. A fact without the user's identifier is stored until it can be resolved to a
-- user.
CREATE OR REPLACE FUNCTION shell.tell_membership(p_fact jsonb, INOUT work jsonb, OUT waits text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_stamp text := work ->> 'stamp';
  v_user text := p_fact ->> 'user';
  v_by_name boolean := p_fact ->> 'user' IS NULL;
  v_organization uuid;
BEGIN
  IF v_by_name THEN
    v_user := shell.user_called(v_provider, p_fact ->> 'username', p_fact ->> 'email', v_stamp);
  END IF;
  -- If the user was removed here and joined again later, the list could not show that: the fact is applied.
  IF shell.is_older_than_list(work, v_user, 'organizations') AND NOT ((p_fact ->> 'member')::boolean AND EXISTS (
    SELECT FROM shell.organizations o JOIN shell.removed_memberships r ON r.organization_id = o.id
    WHERE o.identity_provider_id = v_provider AND o.external_id = p_fact ->> 'organization'
      AND r.subject = v_user AND r.removed_at < shell.stamp_time(v_stamp))) THEN
    work := shell.tell_old_membership(v_user, p_fact, work);
    RETURN;
  END IF;
  FOR v_organization IN
    SELECT o.id FROM shell.organizations o
    WHERE o.identity_provider_id = v_provider AND o.external_id = p_fact ->> 'organization'
      AND v_user IS NOT NULL AND NOT (p_fact ->> 'member')::boolean
  LOOP
    work := shell.work_losing(work, v_organization);
  END LOOP;
  INSERT INTO shell.membership_facts AS f (identity_provider_id, organization_external_id, stamp, source,
    is_member, user_external_id, by_name, username, email)
  VALUES (v_provider, p_fact ->> 'organization', v_stamp, work ->> 'source', (p_fact ->> 'member')::boolean, v_user,
    v_by_name, CASE WHEN v_by_name THEN lower(p_fact ->> 'username') END,
    CASE WHEN v_by_name THEN lower(p_fact ->> 'email') END)
  ON CONFLICT ON CONSTRAINT membership_facts_pkey DO UPDATE SET user_external_id = excluded.user_external_id
  WHERE f.by_name AND f.user_external_id IS DISTINCT FROM excluded.user_external_id;
  IF FOUND AND v_user IS NOT NULL THEN
    work := shell.settle_user(v_user, work);
    -- A user who leaves an organization leaves its groups, too, even if a later return is already known.
    IF NOT (p_fact ->> 'member')::boolean THEN
      FOR v_organization IN
        SELECT o.id FROM shell.organizations o
        WHERE o.identity_provider_id = v_provider AND o.external_id = p_fact ->> 'organization'
      LOOP
        work := shell.work_counted(shell.work_touching(work, v_organization, v_user));
      END LOOP;
    END IF;
  END IF;
  IF v_user IS NULL THEN
    waits := 'name:' || lower(p_fact ->> 'username');
  ELSIF (p_fact ->> 'member')::boolean AND NOT EXISTS (
    SELECT FROM shell.users u WHERE u.identity_provider_id = v_provider AND u.external_id = v_user) THEN
    waits := 'user:' || v_user;
  END IF;
END
$$;
