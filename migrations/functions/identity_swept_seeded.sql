-- Users that were seeded and whose identifier their provider does not know.

-- The provider's user that has a seeded user's username, if there is exactly one such user on either side and the
-- running sweep has seen the provider's.
CREATE OR REPLACE FUNCTION shell.namesake_of(u shell.users) RETURNS text
LANGUAGE sql STABLE SECURITY INVOKER
RETURN (
  SELECT CASE WHEN count(*) FILTER (WHERE shell.may_vanish(o)) = 1 AND count(*) = 2
    THEN min(o.external_id) FILTER (WHERE shell.may_vanish(o)) END
  FROM shell.users o
  WHERE o.identity_provider_id = (u).identity_provider_id AND o.username IN ((u).username, lower((u).username))
    AND o.deleted_at IS NULL AND o.erased_at IS NULL
  HAVING bool_and(o.id = (u).id OR EXISTS (
    SELECT FROM shell.swept s
    WHERE s.identity_provider_id = o.identity_provider_id AND s.kind = 'user' AND s.external_id = o.external_id)));

-- Joins a seeded user with the provider's user of the same name, who gets the memberships, the removals and the
-- roles of the seeded one, which is deleted.
CREATE OR REPLACE FUNCTION shell.adopt_user(p_seeded shell.users, p_user text, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := p_seeded.identity_provider_id;
  v_old text := p_seeded.external_id;
  v_id uuid := (SELECT u.id FROM shell.users u WHERE u.identity_provider_id = v_provider AND u.external_id = p_user);
  v_counter bigint;
  v_organization record;
  v_setting text;
BEGIN
  work := shell.touch_user(v_old, shell.touch_user(p_user, shell.work_counted(work)));
  v_counter := work ->> 'counter';
  FOR v_organization IN
    SELECT o.id FROM shell.organizations o WHERE o.identity_provider_id = v_provider ORDER BY o.id
  LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM shell.memberships m
        WHERE m.organization_id = v_organization.id AND m.user_id = p_seeded.id)
      AND NOT EXISTS (SELECT FROM shell.role_assignments a
        WHERE a.organization_id = v_organization.id AND a.subject = v_old)
      AND NOT EXISTS (SELECT FROM shell.removed_memberships r
        WHERE r.organization_id = v_organization.id AND r.subject = v_old);
    v_setting := set_config('shell.organization_id', v_organization.id::text, true);
    INSERT INTO shell.removed_memberships AS r (organization_id, subject, removed_at)
    SELECT d.organization_id, p_user, d.removed_at FROM shell.removed_memberships d
    WHERE d.organization_id = v_organization.id AND d.subject = v_old
    ON CONFLICT ON CONSTRAINT removed_memberships_pkey DO UPDATE
    SET removed_at = greatest(r.removed_at, excluded.removed_at);
    DELETE FROM shell.removed_memberships d WHERE d.organization_id = v_organization.id AND d.subject = v_old;
    UPDATE shell.memberships m SET user_id = v_id, version = v_counter, updated_at = now()
    WHERE m.organization_id = v_organization.id AND m.user_id = p_seeded.id
      AND NOT EXISTS (SELECT FROM shell.memberships o
        WHERE o.organization_id = v_organization.id AND o.user_id = v_id)
      AND NOT EXISTS (SELECT FROM shell.removed_memberships r
        WHERE r.organization_id = v_organization.id AND r.subject = p_user);
    DELETE FROM shell.memberships m WHERE m.organization_id = v_organization.id AND m.user_id = p_seeded.id;
    UPDATE shell.role_assignments a SET subject = p_user
    WHERE a.organization_id = v_organization.id AND a.subject = v_old
      AND NOT EXISTS (SELECT FROM shell.role_assignments o
        WHERE o.organization_id = v_organization.id AND o.subject = p_user AND o.role = a.role);
    DELETE FROM shell.role_assignments a WHERE a.organization_id = v_organization.id AND a.subject = v_old;
    PERFORM shell.add_told_event(work, v_organization.id, 'user.adopted', 'user', p_user, NULL,
      json_build_object('from', v_old));
    work := shell.work_touching(shell.work_touching(work, v_organization.id, v_old), v_organization.id, p_user);
  END LOOP;
  v_setting := set_config('shell.organization_id', '', true);
  UPDATE shell.membership_facts f SET user_external_id = p_user
  WHERE f.identity_provider_id = v_provider AND f.user_external_id = v_old;
  PERFORM shell.forget_user(v_provider, v_old);
  DELETE FROM shell.users u WHERE u.id = p_seeded.id;
  work := shell.settle_user(p_user, work);
  repaired := repaired || jsonb_build_object('what', 'user', 'change', 'adopted', 'id', p_user, 'from', v_old);
END
$$;

-- Reports the seeded users whose identifier the provider does not know, according to its answer about each of
-- them: {id, at}. With p_adopt, those are joined with the provider's users of the same name, if there are any.
CREATE OR REPLACE FUNCTION shell.apply_swept_seeded(
  p_rows jsonb, p_adopt boolean, INOUT work jsonb, INOUT repaired jsonb[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_row record;
  v_namesake text;
BEGIN
  FOR v_row IN
    SELECT u AS seeded, u.external_id, (r.said ->> 'at')::bigint AS at
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY r(said, place)
    JOIN shell.users u ON u.identity_provider_id = (work ->> 'provider')::uuid AND u.external_id = r.said ->> 'id'
    WHERE shell.is_seeded_alone(u)
    ORDER BY r.place
  LOOP
    v_namesake := shell.namesake_of(v_row.seeded);
    IF p_adopt AND v_namesake IS NOT NULL THEN
      SELECT a.work, a.repaired INTO work, repaired
      FROM shell.adopt_user(v_row.seeded, v_namesake, shell.work_as_of(work, v_row.at), repaired) a;
    ELSE
      repaired := repaired || jsonb_strip_nulls(jsonb_build_object('what', 'user', 'change', 'unknown',
        'id', v_row.external_id, 'by_username', v_namesake));
    END IF;
  END LOOP;
END
$$;
