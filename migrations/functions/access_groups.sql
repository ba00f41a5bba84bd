-- Groups that give roles: a role may name the groups whose members hold it, by their paths. A user holds the roles
-- that its groups give it without an end, and only while it is a member of the organization.
--
-- A group's path consists of the names of the groups above it and its own, each after a slash; in a name, `~/` is a
-- slash and `~~` a tilde. The path of a group within the organization begins with `organization:`.

-- A group's name as it is written in a path.
CREATE OR REPLACE FUNCTION shell.name_in_path(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN replace(replace(p_name, '~', '~~'), '/', '~/');

-- The last name of a path.
CREATE OR REPLACE FUNCTION shell.last_name_of(p_path text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(substring(p_path FROM '/((?:[^~/]|~[~/])+)$'), '~([~/])', '\1', 'g');

-- The paths of groups of a provider, which are given by the provider's identifiers: groups of the realm, and those of
-- the organization that was entered. The groups above each are looked up by their keys. A group has no path if it or
-- one above it is deleted or has no name, if its place in the tree is not known, if it is in a cycle, or if it is more
-- than 32 levels deep.
CREATE OR REPLACE FUNCTION shell.group_paths(p_organization uuid, p_provider uuid, p_groups text[])
RETURNS TABLE (group_external_id text, path text)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  WITH RECURSIVE standing AS (
    SELECT g.external_id, g.organization_external_id, g.parent_external_id, g.told ? 'parent' AS is_placed,
      '/' || shell.name_in_path(g.name) AS path, 1 AS depth
    FROM shell.groups g
    WHERE g.identity_provider_id = p_provider AND g.external_id = ANY (p_groups)
      AND NOT g.is_deleted AND g.name IS NOT NULL
      AND (g.organization_external_id IS NULL OR g.organization_external_id = (
        SELECT o.external_id FROM shell.organizations o WHERE o.id = p_organization))
    UNION ALL
    SELECT s.external_id, s.organization_external_id, g.parent_external_id, g.told ? 'parent',
      '/' || shell.name_in_path(g.name) || s.path, s.depth + 1
    FROM standing s JOIN shell.groups g
      ON g.identity_provider_id = p_provider AND g.external_id = s.parent_external_id
    WHERE s.depth < 32 AND NOT g.is_deleted AND g.name IS NOT NULL
      AND g.organization_external_id IS NOT DISTINCT FROM s.organization_external_id
  )
  SELECT s.external_id,
    CASE WHEN s.organization_external_id IS NULL THEN s.path ELSE 'organization:' || s.path END COLLATE "C"
  FROM standing s WHERE s.parent_external_id IS NULL AND s.is_placed;
END;

-- The roles that are valid in an organization, its own and global ones, and that name groups, once for each path.
CREATE OR REPLACE FUNCTION shell.roles_naming_groups(p_organization uuid)
RETURNS TABLE (role text, is_global boolean, path text)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT r.slug::text, r.is_global, unnest(r.groups) FROM shell.roles r
  WHERE r.organization_id = p_organization AND r.groups <> '{}' AND NOT r.is_global
  UNION ALL
  SELECT r.slug::text, r.is_global, unnest(r.groups) FROM shell.roles r WHERE r.is_global AND r.groups <> '{}';
END;

-- Whether a user left the organization that a group is in after it joined the group. It thereby left the group, too,
-- which no event reports, and it does not join the group again by coming back to the organization.
CREATE OR REPLACE FUNCTION shell.has_left_group(m shell.group_members) RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN EXISTS (
  SELECT FROM shell.groups g
  JOIN shell.membership_facts f ON f.identity_provider_id = g.identity_provider_id
    AND f.organization_external_id = g.organization_external_id
  WHERE g.identity_provider_id = (m).identity_provider_id AND g.external_id = (m).group_external_id
    AND f.user_external_id = (m).user_external_id AND NOT f.is_member AND f.stamp > (m).stamp);

-- The roles that groups give to some members of the organization that was entered, and the paths of these groups
-- in their order. If the members are in no group, this costs one index lookup.
CREATE OR REPLACE FUNCTION shell.roles_by_groups(p_organization uuid, p_provider uuid, p_members text[])
RETURNS TABLE (subject text, role text, is_global boolean, groups text[])
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_groups text[];
BEGIN
  SELECT array_agg(DISTINCT m.group_external_id) INTO v_groups FROM shell.group_members m
  WHERE m.identity_provider_id = p_provider AND m.user_external_id = ANY (p_members) AND m.is_member;
  IF v_groups IS NOT NULL THEN
    RETURN QUERY
    SELECT m.user_external_id, n.role, n.is_global, array_agg(DISTINCT n.path ORDER BY n.path)
    FROM shell.group_paths(p_organization, p_provider, v_groups) p
    JOIN shell.roles_naming_groups(p_organization) n ON n.path = p.path
    JOIN shell.group_members m ON m.identity_provider_id = p_provider
      AND m.group_external_id = p.group_external_id AND m.user_external_id = ANY (p_members) AND m.is_member
    WHERE NOT shell.has_left_group(m)
    GROUP BY m.user_external_id, n.role, n.is_global;
  END IF;
END
$$;

-- The subjects in groups that give one of p_roles, or any role if p_roles is null, in the organization that was
-- entered, looked up from the groups. They need not be members of the organization.
CREATE OR REPLACE FUNCTION shell.subjects_in_groups(p_organization uuid, p_provider uuid, p_roles text[])
RETURNS TABLE (subject text, role text, is_global boolean)
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_names text[] := ARRAY(
    SELECT DISTINCT shell.last_name_of(n.path) FROM shell.roles_naming_groups(p_organization) n
    WHERE p_roles IS NULL OR n.role = ANY (p_roles));
BEGIN
  IF v_names <> '{}' THEN
    RETURN QUERY
    SELECT DISTINCT m.user_external_id, n.role, n.is_global
    FROM shell.group_paths(p_organization, p_provider, ARRAY(
      SELECT g.external_id FROM shell.groups g
      WHERE g.identity_provider_id = p_provider AND g.name = ANY (v_names) AND NOT g.is_deleted)) p
    JOIN shell.roles_naming_groups(p_organization) n ON n.path = p.path
    JOIN shell.group_members m ON m.identity_provider_id = p_provider
      AND m.group_external_id = p.group_external_id AND m.is_member
    WHERE (p_roles IS NULL OR n.role = ANY (p_roles)) AND NOT shell.has_left_group(m);
  END IF;
END
$$;
