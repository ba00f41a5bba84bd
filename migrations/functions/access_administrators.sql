-- Administrators: users that hold a role of administrators without an end, and may hold roles. No request and no
-- seeding removes the last administrator of an organization; an event of an identity provider may.

-- The roles that make a subject an administrator if they are assigned to it without an end: the global role admin,
-- and in platform its own role platform-admin.
CREATE OR REPLACE FUNCTION shell.administrators_roles(p_organization uuid)
RETURNS TABLE (organization_id uuid, slug shell.slug)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT r.organization_id, r.slug FROM shell.roles r WHERE r.is_global AND r.slug = 'admin'
  UNION ALL
  SELECT r.organization_id, r.slug
  FROM shell.roles r JOIN shell.organizations o ON o.id = r.organization_id
  WHERE r.organization_id = p_organization AND r.slug = 'platform-admin' AND o.slug = 'platform'
    AND NOT r.is_global;
END;

-- Whether a role is one of these.
CREATE OR REPLACE FUNCTION shell.makes_administrators(p_organization uuid, p_role text) RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN EXISTS (SELECT FROM shell.administrators_roles(p_organization) r WHERE r.slug = p_role);

-- The subjects that are administrators by a group, in the organization and the provider that were entered.
CREATE OR REPLACE FUNCTION shell.administrators_by_groups(p_organization uuid, p_provider uuid)
RETURNS TABLE (subject text)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT g.subject
  FROM shell.subjects_in_groups(p_organization, p_provider,
    ARRAY(SELECT r.slug::text FROM shell.administrators_roles(p_organization) r)) g
  CROSS JOIN LATERAL shell.standing_in(p_organization, p_provider, g.subject) s
  WHERE s.is_member AND s.may_hold_roles;
END;

-- Whether an organization has an administrator, by a group or by an assignment other than that of p_but_role to
-- p_but; if p_but_role is null, p_but does not count at all. p_provider is the organization's identity provider.
--
-- The organization and its provider are entered only while this function runs.
CREATE OR REPLACE FUNCTION shell.has_administrators(
  p_organization uuid, p_provider uuid, p_but text DEFAULT NULL, p_but_role text DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization text := coalesce(current_setting('shell.organization_id', true), '');
  v_provider text := coalesce(current_setting('shell.identity_provider_id', true), '');
  v_setting text;
  v_has boolean;
BEGIN
  v_setting := set_config('shell.organization_id', p_organization::text, true);
  v_setting := set_config('shell.identity_provider_id', p_provider::text, true);
  v_has := EXISTS (
    SELECT FROM shell.administrators_roles(p_organization) r
    JOIN shell.role_assignments a ON a.role_organization_id = r.organization_id AND a.role = r.slug
    WHERE a.organization_id = p_organization AND a.valid_until IS NULL
      AND (a.subject = p_but COLLATE "C" AND a.role = coalesce(p_but_role, a.role)) IS NOT TRUE
      AND shell.may_hold_roles(p_organization, p_provider, a.subject));
  v_has := v_has OR EXISTS (
    SELECT FROM shell.administrators_by_groups(p_organization, p_provider) a
    WHERE p_but_role IS NOT NULL OR a.subject IS DISTINCT FROM p_but COLLATE "C");
  v_setting := set_config('shell.organization_id', v_organization, true);
  v_setting := set_config('shell.identity_provider_id', v_provider, true);
  RETURN v_has;
END
$$;

-- Whether the organization has administrators, but would have none without the assignment of p_role to p_user, or,
-- if p_role is null, without p_user.
CREATE OR REPLACE FUNCTION shell.is_last_administrator(p_organization uuid, p_role text, p_user text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid;
BEGIN
  IF p_role IS NOT NULL AND NOT shell.makes_administrators(p_organization, p_role) THEN
    RETURN false;
  END IF;
  SELECT o.identity_provider_id INTO v_provider FROM shell.organizations o WHERE o.id = p_organization;
  RETURN NOT shell.has_administrators(p_organization, v_provider, p_user, p_role)
    AND shell.has_administrators(p_organization, v_provider);
END
$$;
