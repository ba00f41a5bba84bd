-- The effects of an identity provider's event, while it is applied: `work`, a JSON object that each function takes
-- and returns. It has the source and the time of the event (`provider`, `slug`, `stamp`, `at`), and its effects so
-- far: `counter`, the number of the change, once there is one; `policies`, the users, with their organizations, whose
-- policies have changed; `voided`, the organizations in which all policies have; `renamed`, the organizations whose
-- names have changed; `cutoffs`, whose tokens were revoked by time; `revocations`, what was revoked; `found`, the
-- facts with identifiers in place of other names for a user; `administered`, the organizations in which a user lost
-- something and that had administrators before; `learned`, what waiting events may have waited for; and `warnings`
-- for the log.

-- Enters a provider: from here to the end of the statement, policies see the provider's rows, and the memberships
-- and organizations of all tenants.
CREATE OR REPLACE FUNCTION shell.enter_provider(p_provider uuid, p_work jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_setting text;
BEGIN
  v_setting := set_config('shell.identity_provider_id', p_provider::text, true);
  v_setting := set_config('shell.syncing', 'on', true);
  v_setting := set_config('shell.platform', 'on', true);
  RETURN p_work || (
    SELECT jsonb_build_object('provider', p.id, 'slug', p.slug)
    FROM shell.identity_providers p WHERE p.id = p_provider);
END
$$;

-- The work with these items added to one of its lists.
CREATE OR REPLACE FUNCTION shell.work_with(p_work jsonb, p_list text, p_items jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_set(p_work, ARRAY[p_list], coalesce(p_work -> p_list, '[]') || p_items);

-- The work with its change counted.
CREATE OR REPLACE FUNCTION shell.work_counted(p_work jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  IF p_work ->> 'counter' IS NULL THEN
    RETURN p_work || jsonb_build_object('counter', shell.next_change());
  END IF;
  RETURN p_work;
END
$$;

-- The stamp of an event with this time, in milliseconds since the epoch, and identifier.
CREATE OR REPLACE FUNCTION shell.stamp_of(p_time bigint, p_id text) RETURNS shell.stamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (lpad(p_time::text, 15, '0') || ' ' || p_id)::shell.stamp;

-- The stamp of an event with this time and identifier.
CREATE OR REPLACE FUNCTION shell.stamp_at(p_at timestamptz, p_id text) RETURNS shell.stamp
LANGUAGE sql STABLE PARALLEL SAFE
RETURN shell.stamp_of(round(extract(epoch FROM p_at) * 1000)::bigint, p_id);

-- The time in a stamp.
CREATE OR REPLACE FUNCTION shell.stamp_time(p_stamp text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_timestamp(left(p_stamp, 15)::bigint / 1000.0);

-- Whether this stamp is later than that of a field's value.
CREATE OR REPLACE FUNCTION shell.is_news(p_told jsonb, p_field text, p_stamp text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_told ->> p_field IS NULL OR p_stamp COLLATE "C" > (p_told ->> p_field) COLLATE "C";

-- Whether a fact about one of a user's links, groups or organizations is older than the complete list of them
-- that a sweep read (`links`, `groups`, `organization_groups` or `organizations`): the list already shows its
-- result. The groups within organizations count as a separate list, since not every provider lists them.
CREATE OR REPLACE FUNCTION shell.is_older_than_list(p_work jsonb, p_user text, p_list text) RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN EXISTS (
  SELECT FROM shell.users u
  WHERE u.identity_provider_id = (p_work ->> 'provider')::uuid AND u.external_id = p_user
    AND (u.told ->> p_list) COLLATE "C" > p_work ->> 'stamp');

-- Records what an identity provider reported in the audit trail of an organization.
CREATE OR REPLACE FUNCTION shell.add_told_event(
  p_work jsonb, p_organization uuid, p_action text, p_type text, p_id text, p_name text, p_metadata json
) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN shell.add_audit_event(p_organization, p_action, 'identity_provider', p_work ->> 'slug',
  json_build_array(json_strip_nulls(json_build_object('type', p_type, 'id', p_id, 'name', p_name))),
  NULL, p_metadata);

-- Notes that an organization has administrators, before a user loses something in it.
CREATE OR REPLACE FUNCTION shell.work_losing(p_work jsonb, p_organization uuid) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  IF NOT coalesce(p_work -> 'administered' ? p_organization::text, false)
    AND shell.has_administrators(p_organization, (p_work ->> 'provider')::uuid) THEN
    RETURN shell.work_with(p_work, 'administered', to_jsonb(p_organization));
  END IF;
  RETURN p_work;
END
$$;

-- Records the organizations that have lost their last administrator, and warns of them. What the provider reports
-- is applied nevertheless.
CREATE OR REPLACE FUNCTION shell.work_lost(p_work jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_work jsonb := p_work;
  v_organization record;
BEGIN
  FOR v_organization IN
    SELECT o.id, o.slug, o.name
    FROM jsonb_array_elements_text(p_work -> 'administered') a(id) JOIN shell.organizations o ON o.id = a.id::uuid
    WHERE NOT shell.has_administrators(o.id, o.identity_provider_id)
    ORDER BY o.slug
  LOOP
    PERFORM shell.add_told_event(p_work, v_organization.id, 'organization.without_administrator',
      'organization', v_organization.slug, v_organization.name, '{}');
    v_work := shell.work_with(v_work, 'warnings', jsonb_build_object(
      'warning', 'no_administrator', 'organization', v_organization.slug));
  END LOOP;
  RETURN v_work;
END
$$;
