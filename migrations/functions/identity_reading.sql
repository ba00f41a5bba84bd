-- Reading the identity cache: the members of the organization that was entered, with the data of their identity
-- provider.

-- Users as the API shows them in an organization, as a JSON array by external_id; the provider was entered.
-- `groups` are the realm's groups and those within the organization. The path of each group is computed once.
CREATE OR REPLACE FUNCTION shell.user_documents(p_organization uuid, p_provider uuid, p_users uuid[]) RETURNS json
LANGUAGE sql STABLE
RETURN (
  WITH shown AS (
    SELECT u.id, u.identity_provider_id, u.external_id, u.username, u.email, u.display_name, u.is_enabled,
      u.is_service_account, u.last_login_at, o.identity_provider
    FROM shell.users u JOIN shell.organizations o ON o.id = p_organization
    WHERE u.id = ANY (p_users)
  ), joined AS MATERIALIZED (
    SELECT s.id, m.group_external_id
    FROM shown s
    JOIN shell.group_members m
      ON m.identity_provider_id = s.identity_provider_id AND m.user_external_id = s.external_id AND m.is_member
        AND NOT shell.has_left_group(m)
  ), paths AS MATERIALIZED (
    SELECT p.group_external_id, p.path
    FROM shell.group_paths(p_organization, p_provider,
      ARRAY(SELECT DISTINCT j.group_external_id FROM joined j)) p
  ), groups AS (
    SELECT j.id, json_agg(p.path ORDER BY p.path) AS paths
    FROM joined j JOIN paths p ON p.group_external_id = j.group_external_id
    GROUP BY j.id
  ), linked AS (
    SELECT s.id, json_agg(json_build_object('provider', l.alias, 'user_id', l.external_id, 'username', l.username)
      ORDER BY l.alias) AS identities
    FROM shown s
    JOIN shell.linked_identities l
      ON l.identity_provider_id = s.identity_provider_id AND l.user_external_id = s.external_id AND l.is_linked
    GROUP BY s.id
  )
  SELECT coalesce(json_agg(json_build_object(
    'user', s.external_id,
    'username', s.username,
    'email', nullif(s.email, ''),
    'display_name', s.display_name,
    'provider', s.identity_provider,
    'status', CASE WHEN s.is_enabled THEN 'active' ELSE 'disabled' END,
    'is_service_account', s.is_service_account,
    'groups', coalesce(g.paths, '[]'),
    'linked_identities', coalesce(l.identities, '[]'),
    'last_login_at', shell.rfc3339(s.last_login_at)
  ) ORDER BY s.external_id), '[]')
  FROM shown s LEFT JOIN groups g ON g.id = s.id LEFT JOIN linked l ON l.id = s.id
);

-- A user's document with a version, which is a hash of it, since it is made of rows of several tables.
CREATE OR REPLACE FUNCTION shell.versioned_user(p_document json) RETURNS json
LANGUAGE sql IMMUTABLE
RETURN json_build_object(
  'version', ('x' || substr(encode(sha256(convert_to(p_document::text, 'UTF8')), 'hex'), 1, 15))::bit(60)::bigint,
  'value', p_document);

-- The document of one member, by its external_id, with its version; null if there is no such member.
CREATE OR REPLACE FUNCTION shell.user_document(p_organization uuid, p_user text) RETURNS json
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid;
  v_setting text;
  v_user uuid;
  v_document json;
BEGIN
  SELECT o.identity_provider_id INTO v_provider FROM shell.organizations o WHERE o.id = p_organization;
  v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
  SELECT u.id INTO v_user
  FROM shell.users u JOIN shell.memberships m ON m.organization_id = p_organization AND m.user_id = u.id
  WHERE u.identity_provider_id = v_provider AND u.external_id = p_user;
  IF v_user IS NOT NULL THEN
    v_document := shell.versioned_user(shell.user_documents(p_organization, v_provider, ARRAY[v_user]) -> 0);
  END IF;
  v_setting := set_config('shell.identity_provider_id', '', true);
  RETURN v_document;
END
$$;

-- `document` is null if no member has this external_id.
CREATE OR REPLACE FUNCTION shell.get_user(p_caller jsonb, p_user text, OUT refusal text, OUT document text)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NULL THEN
    document := shell.user_document(shell.current_organization(), p_user)::text;
  END IF;
END
$$;

-- Whether p_query is part of a user's username, e-mail address or display name, without regard to case. p_query
-- has no control character, so it matches within one of the three.
CREATE OR REPLACE FUNCTION shell.is_called(p_username text, p_email text, p_display_name text, p_query text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN strpos(lower((p_username || E'\n' || p_email || E'\n' || p_display_name) COLLATE shell.unicode),
  lower(p_query COLLATE shell.unicode)) > 0;

-- The members after an external_id; if p_query is given, only those who match it.
--
-- If the organization has few members, each of them is examined, however many users the provider has. If it has
-- many, the provider's users are read in order until the page is full. The queries are planned for each call,
-- since p_query changes which plan is best.
CREATE OR REPLACE FUNCTION shell.list_users(
  p_caller jsonb, p_query text, p_after text, p_limit integer, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_few constant integer := 10000;
  v_after text COLLATE "C" := coalesce(p_after, '');
  v_organization uuid;
  v_provider uuid;
  v_setting text;
  v_members uuid[];
  v_users uuid[];
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  SELECT o.identity_provider_id INTO v_provider FROM shell.organizations o WHERE o.id = v_organization;
  v_setting := set_config('shell.identity_provider_id', v_provider::text, true);
  v_members := ARRAY(
    SELECT m.user_id FROM shell.memberships m WHERE m.organization_id = v_organization LIMIT v_few + 1);
  IF cardinality(v_members) <= v_few THEN
    v_users := ARRAY(
      SELECT u.id FROM shell.users u
      WHERE u.id = ANY (v_members) AND u.external_id > v_after
        AND (p_query IS NULL OR shell.is_called(u.username, u.email, u.display_name, p_query))
      ORDER BY u.external_id LIMIT p_limit);
  ELSE
    v_users := ARRAY(
      SELECT u.id FROM shell.users u
      WHERE u.identity_provider_id = v_provider AND u.external_id > v_after
        AND (p_query IS NULL OR shell.is_called(u.username, u.email, u.display_name, p_query))
        -- Not a join, whose order would not be that of the index.
        AND (SELECT true FROM shell.memberships m
          WHERE m.organization_id = v_organization AND m.user_id = u.id)
      ORDER BY u.external_id LIMIT p_limit);
  END IF;
  document := shell.user_documents(v_organization, v_provider, v_users)::text;
  v_setting := set_config('shell.identity_provider_id', '', true);
END
$$;
