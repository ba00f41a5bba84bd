-- Events of an identity provider about groups, their members, and identities at other providers.

-- The organizations in which a group may give roles, because a role there names groups: all such organizations of
-- the provider for a group of its realm, else the one that the group is within.
CREATE OR REPLACE FUNCTION shell.organizations_by_group(p_provider uuid, p_organization_external_id text)
RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT o.id FROM shell.organizations o
  WHERE o.identity_provider_id = p_provider
    AND (p_organization_external_id IS NULL OR o.external_id = p_organization_external_id)
    AND (EXISTS (SELECT FROM shell.roles r WHERE r.organization_id = o.id AND r.groups <> '{}')
      OR EXISTS (SELECT FROM shell.roles r WHERE r.is_global AND r.groups <> '{}'));
END;

-- Voids all policies of these organizations, as part of the work's change.
CREATE OR REPLACE FUNCTION shell.void_by_group(p_organization_external_id text, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organizations uuid[] := ARRAY(
    SELECT shell.organizations_by_group((work ->> 'provider')::uuid, p_organization_external_id));
BEGIN
  work := shell.work_counted(work);
  -- In one statement: if a global role names groups, these may be all organizations of the provider.
  INSERT INTO shell.policy_versions AS v (organization_id, version)
  SELECT o.id, (work ->> 'counter')::bigint FROM unnest(v_organizations) o(id)
  ON CONFLICT ON CONSTRAINT policy_versions_pkey DO UPDATE SET version = excluded.version;
  IF v_organizations <> '{}' THEN
    work := shell.work_with(work, 'voided', to_jsonb(v_organizations));
  END IF;
END
$$;

-- Whether a group can give a role to anybody: it has a member or a subgroup.
CREATE OR REPLACE FUNCTION shell.group_matters(p_provider uuid, p_group text) RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN EXISTS (
    SELECT FROM shell.group_members m
    WHERE m.identity_provider_id = p_provider AND m.group_external_id = p_group AND m.is_member)
  OR EXISTS (
    SELECT FROM shell.groups g WHERE g.identity_provider_id = p_provider AND g.parent_external_id = p_group);

-- A group with those values of a fact that are later than the ones reported before.
CREATE OR REPLACE FUNCTION shell.group_with(p_old shell.groups, p_fact jsonb, p_stamp text) RETURNS shell.groups
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_new shell.groups := p_old;
BEGIN
  v_new.organization_external_id := coalesce(p_old.organization_external_id, p_fact ->> 'organization');
  v_new.is_deleted := p_old.is_deleted OR p_fact ->> 'kind' = 'group_deleted';
  IF p_fact ? 'name' AND shell.is_news(p_old.told, 'name', p_stamp) THEN
    v_new.name := p_fact ->> 'name';
    v_new.told := v_new.told || jsonb_build_object('name', p_stamp);
  END IF;
  IF p_fact ? 'parent' AND shell.is_news(p_old.told, 'parent', p_stamp) THEN
    v_new.parent_external_id := p_fact ->> 'parent';
    v_new.told := v_new.told || jsonb_build_object('parent', p_stamp);
  END IF;
  RETURN v_new;
END
$$;

-- Applies a fact about a group, or its deletion. A deletion is final and includes the subgroups: no path leads
-- through a deleted group.
CREATE OR REPLACE FUNCTION shell.tell_group(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_group text := p_fact ->> 'group';
  v_old shell.groups;
  v_new shell.groups;
  v_matters boolean;
  v_organization uuid;
BEGIN
  INSERT INTO shell.groups (identity_provider_id, external_id) VALUES (v_provider, v_group)
  ON CONFLICT ON CONSTRAINT groups_pkey DO NOTHING;
  SELECT * INTO v_old FROM shell.groups g
  WHERE g.identity_provider_id = v_provider AND g.external_id = v_group FOR UPDATE;
  v_new := shell.group_with(v_old, p_fact, work ->> 'stamp');
  IF v_new IS NOT DISTINCT FROM v_old THEN
    RETURN;
  END IF;
  v_matters := NOT v_old.is_deleted AND (v_new.organization_external_id, v_new.parent_external_id, v_new.name,
      v_new.is_deleted, v_new.told ? 'parent')
    IS DISTINCT FROM (v_old.organization_external_id, v_old.parent_external_id, v_old.name, v_old.is_deleted,
      v_old.told ? 'parent')
    AND shell.group_matters(v_provider, v_group);
  IF v_matters THEN
    FOR v_organization IN
      SELECT o.id FROM shell.organizations_by_group(v_provider, v_new.organization_external_id) o(id)
      WHERE EXISTS (
        SELECT FROM shell.administrators_roles(o.id) a
        JOIN shell.roles r ON r.organization_id = a.organization_id AND r.slug = a.slug
        WHERE r.groups <> '{}')
    LOOP
      work := shell.work_losing(work, v_organization);
    END LOOP;
    work := shell.work_counted(work);
  END IF;
  UPDATE shell.groups g
  SET organization_external_id = v_new.organization_external_id, parent_external_id = v_new.parent_external_id,
    name = v_new.name, told = v_new.told, is_deleted = v_new.is_deleted,
    version = coalesce((work ->> 'counter')::bigint, g.version)
  WHERE g.identity_provider_id = v_provider AND g.external_id = v_group;
  IF v_matters THEN
    work := shell.void_by_group(v_new.organization_external_id, work);
  END IF;
END
$$;

-- Applies that a user joined or left a group. A user that is not known yet is in the group once it is known.
CREATE OR REPLACE FUNCTION shell.tell_group_member(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_is_member boolean := p_fact ->> 'member';
  v_was_member boolean;
  v_user shell.users;
  v_group shell.groups;
  v_organization uuid;
BEGIN
  SELECT * INTO v_group FROM shell.groups g
  WHERE g.identity_provider_id = v_provider AND g.external_id = p_fact ->> 'group';
  IF shell.is_older_than_list(work, p_fact ->> 'user',
    CASE WHEN v_group.organization_external_id IS NULL THEN 'groups' ELSE 'organization_groups' END) THEN
    RETURN;
  END IF;
  SELECT m.is_member AND NOT shell.has_left_group(m) INTO v_was_member FROM shell.group_members m
  WHERE m.identity_provider_id = v_provider AND m.user_external_id = p_fact ->> 'user'
    AND m.group_external_id = p_fact ->> 'group';
  SELECT * INTO v_user FROM shell.users u
  WHERE u.identity_provider_id = v_provider AND u.external_id = p_fact ->> 'user';
  IF v_was_member AND NOT v_is_member AND v_user.id IS NOT NULL THEN
    work := shell.user_losing(v_user.external_id, work);
  END IF;
  INSERT INTO shell.group_members AS m (identity_provider_id, user_external_id, group_external_id, is_member, stamp)
  VALUES (v_provider, p_fact ->> 'user', p_fact ->> 'group', v_is_member, work ->> 'stamp')
  ON CONFLICT ON CONSTRAINT group_members_pkey DO UPDATE SET is_member = excluded.is_member, stamp = excluded.stamp
  WHERE m.stamp < excluded.stamp;
  IF NOT FOUND OR v_user.id IS NULL OR coalesce(v_was_member, false) = v_is_member THEN
    RETURN;
  END IF;
  FOR v_organization IN
    SELECT m.organization_id FROM shell.memberships m JOIN shell.organizations o ON o.id = m.organization_id
    WHERE m.user_id = v_user.id
      AND (v_group.organization_external_id IS NULL OR o.external_id = v_group.organization_external_id)
  LOOP
    work := shell.work_touching(shell.work_counted(work), v_organization, v_user.external_id);
    PERFORM shell.add_told_event(work, v_organization,
      CASE WHEN v_is_member THEN 'user.group_joined' ELSE 'user.group_left' END, 'user', v_user.external_id, NULL,
      json_build_object('group', p_fact ->> 'group', 'name', v_group.name));
  END LOOP;
END
$$;

-- Applies that a user was linked with an identity at another provider, or unlinked. A fact that lacks the
-- identity's external_id does not delete the known one if the username is the same. Only the user's document
-- shows links, so nothing in Redis is invalidated.
CREATE OR REPLACE FUNCTION shell.tell_link(p_fact jsonb, p_work jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_is_linked boolean := p_fact ->> 'linked';
BEGIN
  IF shell.is_older_than_list(p_work, p_fact ->> 'user', 'links') THEN
    RETURN;
  END IF;
  INSERT INTO shell.linked_identities AS l
    (identity_provider_id, user_external_id, alias, external_id, username, is_linked, stamp)
  VALUES ((p_work ->> 'provider')::uuid, p_fact ->> 'user', p_fact ->> 'alias',
    CASE WHEN v_is_linked THEN p_fact ->> 'external_id' END, CASE WHEN v_is_linked THEN p_fact ->> 'username' END,
    v_is_linked, p_work ->> 'stamp')
  ON CONFLICT ON CONSTRAINT linked_identities_pkey DO UPDATE
  SET external_id = CASE WHEN excluded.is_linked AND l.username = excluded.username
        THEN coalesce(excluded.external_id, l.external_id) ELSE excluded.external_id END,
    username = excluded.username, is_linked = excluded.is_linked, stamp = excluded.stamp
  WHERE l.stamp < excluded.stamp;
END
$$;
