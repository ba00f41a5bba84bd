-- The Shell's own events: each change of V7 and V8 and the event of it, in one statement.
--
-- The functions are called as the older ones, with the caller's subject and the request's id in
-- between. They have names of their own: the older files name theirs without parameters, and could
-- not be run again beside others of the same name. Where nothing changed there is no event.

-- Whoever changes anything was let in by shell.enter_platform, so its own organization is platform.
CREATE OR REPLACE FUNCTION shell.add_change_event(
  p_organization uuid, p_subject text, p_request_id text, p_action text,
  p_type text, p_slug text, p_name text, p_metadata json
) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN shell.add_audit_event(p_organization, p_action, 'user', p_subject,
  json_build_array(json_build_object('type', p_type, 'id', p_slug, 'name', p_name)),
  p_request_id, p_metadata);

CREATE OR REPLACE FUNCTION shell.audited_put_app(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_request_id text,
  p_slug text, p_id uuid, p_app jsonb, p_if_match text[],
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before bigint;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_before := shell.lock_changes();
  -- What stands as it is asked for needs no condition: repeating a change that Redis was not told
  -- of must not fail on the version that the first attempt made (RFC 9110, section 13.1.1).
  IF EXISTS (
    SELECT FROM shell.apps a, jsonb_populate_record(NULL::shell.apps, p_app) n
    WHERE a.slug = p_slug
      AND (a.name, a.description, a.category, a.api_url, a.ui_url, a.status, a.metadata)
        IS NOT DISTINCT FROM
        (n.name, n.description, n.category, n.api_url, n.ui_url, n.status, n.metadata))
  THEN
    p_if_match := NULL;
  END IF;
  SELECT * INTO refusal, outcome, counter, affected, document
  FROM shell.put_app(p_organization, p_provider, p_acting_for, p_slug, p_id, p_app, p_if_match);
  IF counter > v_before THEN
    PERFORM shell.add_change_event(p_organization, p_subject, p_request_id,
      CASE outcome WHEN 'created' THEN 'app.registered' ELSE 'app.replaced' END,
      'app', p_slug, p_app ->> 'name', p_app::json);
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION shell.audited_retire_app(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_request_id text,
  p_slug text, p_if_match text[],
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before bigint;
  v_app shell.apps;
  v_enabled_for uuid[];
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_before := shell.lock_changes();
  SELECT * INTO v_app FROM shell.apps a WHERE a.slug = p_slug;
  v_enabled_for := ARRAY(
    SELECT ao.organization_id FROM shell.app_organizations ao WHERE ao.app_id = v_app.id);
  SELECT * INTO refusal, outcome, counter, affected, document
  FROM shell.retire_app(p_organization, p_provider, p_acting_for, p_slug, p_if_match);
  IF counter > v_before THEN
    PERFORM shell.add_change_event(p_organization, p_subject, p_request_id, 'app.retired',
      'app', p_slug, v_app.name, '{}');
    PERFORM shell.add_change_event(e.organization_id, p_subject, p_request_id, 'app.disabled',
      'app', p_slug, v_app.name, '{}')
    FROM unnest(v_enabled_for) AS e(organization_id);
  END IF;
END
$$;

-- The event is the enabled organization's.
CREATE OR REPLACE FUNCTION shell.audited_enable_app(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_request_id text,
  p_slug text, p_named_slug text, p_named_id uuid,
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT * INTO refusal, outcome, counter, affected, document
  FROM shell.enable_app(p_organization, p_provider, p_acting_for, p_slug, p_named_slug, p_named_id);
  IF outcome = 'enabled' THEN
    PERFORM shell.add_change_event(o.id, p_subject, p_request_id, 'app.enabled',
      'app', a.slug, a.name, '{}')
    FROM shell.apps a, shell.organizations o
    WHERE a.slug = p_slug AND (o.slug = p_named_slug OR o.id = p_named_id);
  END IF;
END
$$;

-- And the disabled one's.
CREATE OR REPLACE FUNCTION shell.audited_disable_app(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_request_id text,
  p_slug text, p_named_slug text, p_named_id uuid,
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before bigint;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_before := shell.lock_changes();
  SELECT * INTO refusal, outcome, counter, affected, document
  FROM shell.disable_app(p_organization, p_provider, p_acting_for, p_slug, p_named_slug, p_named_id);
  IF counter > v_before THEN
    PERFORM shell.add_change_event(o.id, p_subject, p_request_id, 'app.disabled',
      'app', a.slug, a.name, '{}')
    FROM shell.apps a, shell.organizations o
    WHERE a.slug = p_slug AND (o.slug = p_named_slug OR o.id = p_named_id);
  END IF;
END
$$;

-- The names of what differs between two documents of an organization, the older one null where
-- there was none. Which fields changed is what the trail keeps; billing is nobody else's to read.
CREATE OR REPLACE FUNCTION shell.changed_fields(p_old json, p_new json) RETURNS json
LANGUAGE sql STABLE
RETURN (
  SELECT coalesce(json_agg(n.name ORDER BY n.name), '[]') FROM json_each(p_new) AS n(name, value)
  WHERE n.name NOT IN ('id', 'slug', 'updated_at')
    AND n.value::jsonb IS DISTINCT FROM (p_old -> n.name)::jsonb
);

-- What of an organization's document is content, the same for the same content.
CREATE OR REPLACE FUNCTION shell.organization_content(p_document json) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_array(
  p_document -> 'name', p_document -> 'plan', p_document -> 'billing', p_document -> 'status',
  p_document -> 'identity_provider',
  (SELECT jsonb_agg(d.domain ORDER BY d.domain COLLATE "C")
   FROM json_array_elements_text(p_document -> 'domains') d(domain)));

CREATE OR REPLACE FUNCTION shell.audited_put_organization(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_request_id text,
  p_named_slug text, p_named_id uuid, p_id uuid, p_content jsonb, p_if_match text[],
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before bigint;
  v_old json;
  v_new json;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_before := shell.lock_changes();
  SELECT shell.organization_document(o) -> 'value' INTO v_old
  FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
  -- As for apps.
  IF shell.organization_content(v_old) = shell.organization_content(json_build_object(
    'name', p_content ->> 'name',
    'plan', p_content ->> 'plan',
    'billing', json_build_object(
      'email', p_content ->> 'billing_email', 'reference', p_content ->> 'billing_reference'),
    'domains', p_content -> 'domains',
    'status', p_content ->> 'status',
    'identity_provider', p_content ->> 'identity_provider'))
  THEN
    p_if_match := NULL;
  END IF;
  SELECT * INTO refusal, outcome, counter, affected, document
  FROM shell.put_organization(p_organization, p_provider, p_acting_for,
    p_named_slug, p_named_id, p_id, p_content, p_if_match);
  IF counter > v_before THEN
    v_new := document::json -> 'value';
    PERFORM shell.add_change_event(p_organization, p_subject, p_request_id,
      CASE outcome WHEN 'created' THEN 'organization.created' ELSE 'organization.replaced' END,
      'organization', v_new ->> 'slug', v_new ->> 'name',
      json_build_object('changed', shell.changed_fields(v_old, v_new)));
  END IF;
END
$$;

REVOKE ALL ON FUNCTION shell.add_change_event, shell.audited_put_app, shell.audited_retire_app,
  shell.audited_enable_app, shell.audited_disable_app, shell.changed_fields,
  shell.organization_content,
  shell.audited_put_organization FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.add_change_event, shell.audited_put_app, shell.audited_retire_app,
  shell.audited_enable_app, shell.audited_disable_app, shell.changed_fields,
  shell.organization_content,
  shell.audited_put_organization TO shell_runtime;
