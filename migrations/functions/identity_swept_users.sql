-- What a sweep read of users: their fields, and complete lists of their links, groups and organizations.
--
-- Most users are unchanged. They are compared all at once, and only their stamps are updated; each of the others is
-- applied as if an event had reported it.

-- The users of a batch, one row each: what was read of the user (`said`) and its stamp; the user's row here, all
-- null if there is none (`stands`); and the fields that differ from that row and are later than it (`differs`).
CREATE OR REPLACE FUNCTION shell.swept_users(p_rows jsonb, p_work jsonb)
RETURNS TABLE (place bigint, said jsonb, external_id text, stamp text, stands shell.users, differs text[])
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  -- The identifiers are in a column: behind a policy, PostgreSQL uses no index for a value that is computed.
  WITH rows AS MATERIALIZED (
    SELECT a.place, a.said, a.said #>> '{user,user}' COLLATE "C" AS external_id,
      shell.swept_stamp(p_work, (a.said ->> 'at')::bigint)::text AS stamp
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY a(said, place)
  )
  SELECT r.place, r.said, r.external_id, r.stamp, u, ARRAY(
      SELECT f.field
      FROM (VALUES
        ('username', u.username IS DISTINCT FROM r.said #>> '{user,username}'),
        ('email', u.email IS DISTINCT FROM coalesce(r.said #>> '{user,email}', '')),
        ('first_name', u.first_name IS DISTINCT FROM r.said #>> '{user,first_name}'),
        ('last_name', u.last_name IS DISTINCT FROM r.said #>> '{user,last_name}'),
        ('enabled', u.is_enabled IS DISTINCT FROM (r.said #>> '{user,enabled}')::boolean),
        ('attributes', (u.attributes, u.organization_attribute) IS DISTINCT FROM (
          shell.kept_attributes(u.identity_provider_id, coalesce(r.said #> '{user,attributes}', '{}')),
          r.said #>> '{user,attributes,organization_id,0}'))
      ) f(field, is_other)
      WHERE f.is_other AND shell.is_news(u.told, f.field, r.stamp))
  FROM rows r
  LEFT JOIN shell.users u
    ON u.identity_provider_id = (p_work ->> 'provider')::uuid AND u.external_id = r.external_id;
END;

-- The memberships of these users: the organizations' slugs, by organization and user.
CREATE OR REPLACE FUNCTION shell.memberships_of(p_provider uuid, p_users text[]) RETURNS jsonb
LANGUAGE sql STABLE SECURITY INVOKER
RETURN (
  SELECT coalesce(jsonb_object_agg(m.organization_id || ' ' || u.external_id, o.slug), '{}')
  FROM shell.users u
  JOIN shell.memberships m ON m.user_id = u.id
  JOIN shell.organizations o ON o.id = m.organization_id
  WHERE u.identity_provider_id = p_provider AND u.external_id = ANY (p_users));

-- The memberships that have begun or ended since p_before.
CREATE OR REPLACE FUNCTION shell.moved_members(p_provider uuid, p_users text[], p_before jsonb) RETURNS jsonb[]
LANGUAGE sql STABLE SECURITY INVOKER
RETURN ARRAY(
  SELECT jsonb_build_object('what', 'membership', 'change', CASE WHEN b.key IS NULL THEN 'joined' ELSE 'left' END,
    'id', substr(coalesce(a.key, b.key), 38), 'organization', coalesce(a.value, b.value))
  FROM jsonb_each_text(shell.memberships_of(p_provider, p_users)) a
  FULL JOIN jsonb_each_text(p_before) b ON b.key = a.key
  WHERE a.key IS NULL OR b.key IS NULL
  ORDER BY coalesce(a.key, b.key));

-- Applies what a sweep read about one user whose fields differ here, or who is not known here.
CREATE OR REPLACE FUNCTION shell.apply_swept_user(
  p_said jsonb, p_is_new boolean, p_differs text[], INOUT work jsonb, INOUT repaired jsonb[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_fact jsonb := p_said -> 'user' || '{"kind": "user", "creates": true}';
BEGIN
  work := (shell.tell_user(v_fact, shell.work_as_of(work, (p_said ->> 'at')::bigint))).work;
  IF p_is_new THEN
    repaired := repaired || jsonb_build_object('what', 'user', 'change', 'created', 'id', v_fact -> 'user');
    RETURN;
  END IF;
  repaired := repaired || jsonb_build_object('what', 'user', 'change', 'changed', 'id', v_fact -> 'user',
    'fields', p_differs);
  -- As after an event that disables a user: the user's tokens are revoked.
  IF 'enabled' = ANY (p_differs) AND NOT (v_fact ->> 'enabled')::boolean THEN
    work := shell.revoke_told('subject', v_fact ->> 'user', work);
  END IF;
END
$$;

-- Updates the stamps of the users' fields and lists that the sweep read, if the stored ones are older.
CREATE OR REPLACE FUNCTION shell.move_swept_stamps(p_rows jsonb, p_work jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  WITH read AS MATERIALIZED (
    SELECT r.said #>> '{user,user}' COLLATE "C" AS external_id, f.field, shell.swept_stamp(p_work, f.at)::text AS stamp
    FROM jsonb_array_elements(p_rows) r(said)
    CROSS JOIN LATERAL (
      SELECT n.field, (r.said ->> 'at')::bigint AS at
      FROM unnest(ARRAY['username', 'email', 'first_name', 'last_name', 'enabled', 'attributes']) n(field)
      UNION ALL
      SELECT l.list, (r.said -> l.list ->> 'at')::bigint
      FROM unnest(ARRAY['links', 'groups', 'organization_groups', 'organizations']) l(list) WHERE r.said ? l.list
    ) f
  ), moved AS (
    SELECT u.id, jsonb_object_agg(r.field, r.stamp) AS told
    FROM read r
    JOIN shell.users u ON u.identity_provider_id = (p_work ->> 'provider')::uuid AND u.external_id = r.external_id
    WHERE u.deleted_at IS NULL AND u.erased_at IS NULL AND shell.is_news(u.told, r.field, r.stamp)
    GROUP BY u.id
  )
  UPDATE shell.users u SET told = u.told || m.told FROM moved m WHERE u.id = m.id
$$;

-- Applies a batch: users, then their lists.
CREATE OR REPLACE FUNCTION shell.apply_swept_users(
  p_rows jsonb, p_longest bigint, INOUT work jsonb, INOUT repaired jsonb[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_users text[] := ARRAY(SELECT r.said #>> '{user,user}' FROM jsonb_array_elements(p_rows) r(said));
  v_before jsonb;
  v_rows jsonb[] := '{}';
  v_known jsonb;
  v_user record;
  v_missed record;
BEGIN
  -- Raises an error if the provider's clock is ahead.
  PERFORM shell.work_as_of(work, max((r.said ->> 'at')::bigint)) FROM jsonb_array_elements(p_rows) r(said)
  HAVING count(*) > 0;
  v_before := shell.memberships_of(v_provider, v_users);
  FOR v_user IN
    SELECT s.said, s.external_id, (s.stands).id IS NULL AS is_new, s.differs, (s.stands).erased_at,
      (s.stands).deleted_at,
      -- The username alone does not make a user a service account here: the provider's lists have persons only.
      coalesce((s.stands).is_service_account, false) AS is_service_account
    FROM shell.swept_users(p_rows, work) s ORDER BY s.place
  LOOP
    IF v_user.erased_at IS NOT NULL OR v_user.deleted_at IS NOT NULL THEN
      repaired := repaired || jsonb_build_object('what', 'user', 'id', v_user.external_id,
        'change', CASE WHEN v_user.erased_at IS NOT NULL THEN 'stays_erased' ELSE 'stays_deleted' END);
      CONTINUE;
    ELSIF v_user.is_service_account THEN
      CONTINUE;
    END IF;
    v_rows := v_rows || v_user.said;
    IF v_user.is_new OR v_user.differs <> '{}' THEN
      SELECT a.work, a.repaired INTO work, repaired
      FROM shell.apply_swept_user(v_user.said, v_user.is_new, v_user.differs, work, repaired) a;
    END IF;
    IF (v_user.said ->> 'not_before')::bigint > 0 THEN
      v_missed := shell.revoke_missed('subject', v_user.external_id, (v_user.said ->> 'not_before')::bigint,
        p_longest, work);
      work := v_missed.work;
      IF v_missed.is_news AND NOT v_user.is_new THEN
        repaired := repaired || jsonb_build_object('what', 'user', 'change', 'logged_out',
          'id', v_user.external_id);
      END IF;
    END IF;
  END LOOP;
  v_known := to_jsonb(v_rows);
  SELECT a.work, a.repaired INTO work, repaired FROM shell.apply_swept_links(v_known, work, repaired) a;
  SELECT a.work, a.repaired INTO work, repaired FROM shell.apply_swept_groups(v_known, work, repaired) a;
  SELECT a.work, a.repaired INTO work, repaired FROM shell.apply_swept_organizations(v_known, work, repaired) a;
  PERFORM shell.move_swept_stamps(v_known, work);
  repaired := repaired || shell.moved_members(v_provider, v_users, v_before);
END
$$;
