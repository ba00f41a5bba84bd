-- What a sweep read of groups, of organizations and of the realm, and what it found to be deleted.

-- Whether an organization's alias is the slug of one here that has another identifier at the provider.
CREATE OR REPLACE FUNCTION shell.contradicts_alias(p_provider uuid, p_organization text, p_alias text) RETURNS boolean
LANGUAGE sql STABLE SECURITY INVOKER
RETURN EXISTS (
  SELECT FROM shell.organizations o
  WHERE o.identity_provider_id = p_provider AND o.slug = p_alias AND o.external_id <> p_organization);

-- Applies what a sweep read about an organization, if it differs from the data here. A deletion at the provider
-- is final. An alias that contradicts an organization here would void that one's alias for good, so it is left
-- out and listed, until the sweep has found that it reads the right realm and sends the organization again with
-- `may_contradict`.
CREATE OR REPLACE FUNCTION shell.apply_swept_organization(p_fact jsonb, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_there shell.provider_organizations;
  v_was_called text[];
  v_fields text[] := '{}';
BEGIN
  SELECT * INTO v_there FROM shell.provider_organizations p
  WHERE p.identity_provider_id = v_provider AND p.external_id = p_fact ->> 'organization';
  IF v_there.is_deleted THEN
    repaired := repaired || jsonb_build_object('what', 'organization', 'change', 'stays_deleted',
      'id', p_fact -> 'organization');
    RETURN;
  END IF;
  IF NOT coalesce((p_fact ->> 'may_contradict')::boolean, false)
    AND shell.contradicts_alias(v_provider, p_fact ->> 'organization', p_fact ->> 'alias') THEN
    p_fact := p_fact - 'alias';
    repaired := repaired || jsonb_build_object('what', 'organization', 'change', 'contradicts',
      'id', p_fact -> 'organization');
  END IF;
  IF p_fact ->> 'enabled' IS NULL THEN
    p_fact := p_fact - 'enabled';
  ELSIF v_there.external_id IS NOT NULL AND v_there.is_enabled = (p_fact ->> 'enabled')::boolean THEN
    UPDATE shell.provider_organizations p SET stamp = work ->> 'stamp'
    WHERE p.identity_provider_id = v_provider AND p.external_id = v_there.external_id
      AND p.stamp < (work ->> 'stamp')::shell.stamp;
    p_fact := p_fact - 'enabled';
  ELSIF v_there.stamp < (work ->> 'stamp')::shell.stamp THEN
    v_fields := ARRAY['enabled'];
  END IF;
  v_was_called := ARRAY(
    SELECT o.id FROM shell.organizations o
    WHERE o.identity_provider_id = v_provider AND o.external_id = p_fact ->> 'organization');
  work := shell.tell_organization(p_fact, work);
  IF v_there.external_id IS NULL THEN
    IF p_fact ? 'may_contradict' THEN
      RETURN;
    END IF;
    repaired := repaired || jsonb_build_object('what', 'organization', 'change', 'created',
      'id', p_fact -> 'organization');
    RETURN;
  END IF;
  IF v_was_called <> ARRAY(
    SELECT o.id::text FROM shell.organizations o
    WHERE o.identity_provider_id = v_provider AND o.external_id = p_fact ->> 'organization') THEN
    v_fields := v_fields || 'alias'::text;
  END IF;
  IF v_fields <> '{}' THEN
    repaired := repaired || jsonb_build_object('what', 'organization', 'change', 'changed',
      'id', p_fact -> 'organization', 'fields', v_fields);
  END IF;
END
$$;

-- Applies what a sweep read about a group, if it differs from the data here.
CREATE OR REPLACE FUNCTION shell.apply_swept_group(p_fact jsonb, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_stamp text := work ->> 'stamp';
  v_old shell.groups;
  v_fields text[];
BEGIN
  SELECT * INTO v_old FROM shell.groups g
  WHERE g.identity_provider_id = v_provider AND g.external_id = p_fact ->> 'group';
  IF v_old.is_deleted THEN
    repaired := repaired || jsonb_build_object('what', 'group', 'change', 'stays_deleted',
      'id', p_fact -> 'group');
    RETURN;
  END IF;
  v_fields := ARRAY(
    SELECT f.field
    FROM (VALUES
      ('name', p_fact ? 'name' AND v_old.name IS DISTINCT FROM p_fact ->> 'name'),
      ('parent', p_fact ? 'parent'
        AND (v_old.parent_external_id IS DISTINCT FROM p_fact ->> 'parent' OR NOT v_old.told ? 'parent')),
      ('organization', v_old.organization_external_id IS NULL AND p_fact ->> 'organization' IS NOT NULL)
    ) f(field, is_other)
    WHERE f.is_other AND shell.is_news(v_old.told, f.field, v_stamp));
  work := shell.tell_group(p_fact || '{"kind": "group"}', work);
  IF v_old.external_id IS NULL THEN
    repaired := repaired || jsonb_build_object('what', 'group', 'change', 'created', 'id', p_fact -> 'group');
  ELSIF v_fields <> '{}' THEN
    repaired := repaired || jsonb_build_object('what', 'group', 'change', 'changed', 'id', p_fact -> 'group',
      'fields', v_fields);
  END IF;
END
$$;

-- Applies a batch of facts about organizations, groups and the realm.
CREATE OR REPLACE FUNCTION shell.apply_swept_facts(
  p_rows jsonb, p_longest bigint, INOUT work jsonb, INOUT repaired jsonb[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_row record;
  v_missed record;
BEGIN
  FOR v_row IN
    SELECT r.said -> 'fact' AS fact, (r.said ->> 'at')::bigint AS at
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY r(said, place) ORDER BY r.place
  LOOP
    work := shell.work_as_of(work, v_row.at);
    CASE v_row.fact ->> 'kind'
      WHEN 'organization' THEN
        SELECT a.work, a.repaired INTO work, repaired
        FROM shell.apply_swept_organization(v_row.fact, work, repaired) a;
      WHEN 'group' THEN
        SELECT a.work, a.repaired INTO work, repaired
        FROM shell.apply_swept_group(v_row.fact, work, repaired) a;
      WHEN 'not_before' THEN
        v_missed := shell.revoke_missed('provider', '', (v_row.fact ->> 'not_before')::bigint, p_longest, work);
        work := v_missed.work;
        IF v_missed.is_news THEN
          repaired := repaired || '{"what": "realm", "change": "logged_out"}'::jsonb;
        END IF;
      ELSE RAISE EXCEPTION 'a sweep has a fact of the unknown kind "%"', v_row.fact ->> 'kind';
    END CASE;
  END LOOP;
END
$$;

-- Applies that the provider no longer has a user, unless something was reported about the user later.
CREATE OR REPLACE FUNCTION shell.apply_user_gone(p_user text, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_stamp text := work ->> 'stamp';
BEGIN
  IF NOT EXISTS (
    SELECT FROM shell.users u
    WHERE u.identity_provider_id = (work ->> 'provider')::uuid AND u.external_id = p_user AND shell.may_vanish(u)
      AND NOT EXISTS (SELECT FROM jsonb_each_text(u.told) t WHERE t.value > v_stamp COLLATE "C")) THEN
    RETURN;
  END IF;
  work := shell.revoke_told('subject', p_user, work);
  work := shell.tell_user_deleted(jsonb_build_object('user', p_user), work);
  repaired := repaired || jsonb_build_object('what', 'user', 'change', 'deleted', 'id', p_user);
END
$$;

-- Applies that the provider no longer has an organization and the groups within it, unless something was reported
-- about the organization later.
CREATE OR REPLACE FUNCTION shell.apply_organization_gone(p_organization text, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_group text;
BEGIN
  IF EXISTS (
    SELECT FROM shell.provider_organizations p
    WHERE p.identity_provider_id = (work ->> 'provider')::uuid AND p.external_id = p_organization
      AND p.stamp > (work ->> 'stamp')::shell.stamp) THEN
    RETURN;
  END IF;
  work := shell.tell_organization(
    jsonb_build_object('kind', 'organization_deleted', 'organization', p_organization), work);
  repaired := repaired || jsonb_build_object('what', 'organization', 'change', 'deleted',
    'id', p_organization);
  FOR v_group IN
    SELECT g.external_id FROM shell.groups g
    WHERE g.identity_provider_id = (work ->> 'provider')::uuid AND NOT g.is_deleted
      AND g.organization_external_id = p_organization
    ORDER BY 1
  LOOP
    SELECT a.work, a.repaired INTO work, repaired FROM shell.apply_group_gone(v_group, work, repaired) a;
  END LOOP;
END
$$;

-- Applies that the provider no longer has a group, unless something was reported about the group later.
CREATE OR REPLACE FUNCTION shell.apply_group_gone(p_group text, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  IF EXISTS (
    SELECT FROM shell.groups g
    WHERE g.identity_provider_id = (work ->> 'provider')::uuid AND g.external_id = p_group
      AND (g.is_deleted OR EXISTS (
        SELECT FROM jsonb_each_text(g.told) t WHERE t.value > (work ->> 'stamp') COLLATE "C"))) THEN
    RETURN;
  END IF;
  work := shell.tell_group(jsonb_build_object('kind', 'group_deleted', 'group', p_group), work);
  repaired := repaired || jsonb_build_object('what', 'group', 'change', 'deleted', 'id', p_group);
END
$$;

-- Applies a batch of deletions.
CREATE OR REPLACE FUNCTION shell.apply_gone(p_rows jsonb, INOUT work jsonb, INOUT repaired jsonb[])
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_row record;
BEGIN
  FOR v_row IN
    SELECT r.said ->> 'kind' AS kind, r.said ->> 'id' AS id, (r.said ->> 'at')::bigint AS at
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY r(said, place) ORDER BY r.place
  LOOP
    work := shell.work_as_of(work, v_row.at);
    CASE v_row.kind
      WHEN 'user' THEN
        SELECT a.work, a.repaired INTO work, repaired
        FROM shell.apply_user_gone(v_row.id, work, repaired) a;
      WHEN 'organization' THEN
        SELECT a.work, a.repaired INTO work, repaired
        FROM shell.apply_organization_gone(v_row.id, work, repaired) a;
      WHEN 'group' THEN
        SELECT a.work, a.repaired INTO work, repaired
        FROM shell.apply_group_gone(v_row.id, work, repaired) a;
    END CASE;
  END LOOP;
END
$$;
