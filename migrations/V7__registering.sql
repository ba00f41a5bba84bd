-- Discovery with leases and versions, and the changes of apps and of where they are enabled.

-- An app as it is kept: with its version, and with what its lease said and until when. The reader
-- tells whether that still holds.
CREATE OR REPLACE FUNCTION shell.app_document(a shell.apps) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('version', (a).version, 'value', json_build_object(
  'slug', (a).slug,
  'name', (a).name,
  'description', (a).description,
  'category', (a).category,
  'api_url', (a).api_url,
  'ui_url', (a).ui_url,
  'status', (a).status,
  'health', coalesce((a).lease_health::text, 'unknown'),
  'lease_expires_at', shell.rfc3339((a).lease_expires_at),
  'metadata', (a).metadata,
  'updated_at', shell.rfc3339((a).updated_at)
));

-- What an organization finds, by slug; platform, acting for nobody, finds every app. `counter` is
-- read before the rest: what it counts is in `apps` for certain, and what comes later may be.
CREATE OR REPLACE FUNCTION shell.discover_catalogue(
  p_organization uuid, p_provider text, p_acting_for text,
  OUT organization_id uuid, OUT refusal text, OUT counter bigint, OUT apps text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT c.counter INTO counter FROM shell.changes c;
  SELECT e.organization_id, e.refusal INTO organization_id, refusal
  FROM shell.enter_organization(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  IF p_acting_for IS NULL AND EXISTS (
    SELECT FROM shell.organizations o WHERE o.id = p_organization AND o.slug = 'platform'
  ) THEN
    SELECT coalesce(json_agg(shell.app_document(a) ORDER BY a.slug), '[]')::text INTO apps
    FROM shell.apps a;
  ELSE
    SELECT coalesce(json_agg(shell.app_document(a) ORDER BY a.slug), '[]')::text INTO apps
    FROM shell.app_organizations ao JOIN shell.apps a ON a.id = ao.app_id
    WHERE ao.organization_id = discover_catalogue.organization_id;
  END IF;
END
$$;

-- Whose catalogues show a change: these organizations' and platform's, which shows every app. By
-- every identity provider, because one that an organization had before may still have its own.
CREATE OR REPLACE FUNCTION shell.affected(p_organizations uuid[]) RETURNS text
LANGUAGE sql STABLE
RETURN (
  SELECT json_agg(json_build_object('id', o.id, 'slug', o.slug, 'provider', p.slug))::text
  FROM shell.organizations o CROSS JOIN shell.identity_providers p
  WHERE o.id = ANY (p_organizations) OR o.slug = 'platform'
);

CREATE OR REPLACE FUNCTION shell.affected_by_app(p_app uuid) RETURNS text
LANGUAGE sql STABLE
RETURN shell.affected(ARRAY(
  SELECT ao.organization_id FROM shell.app_organizations ao WHERE ao.app_id = p_app));

-- Each of the functions below is one change. `refusal` says why the caller may not; else `outcome`
-- says what came of it and `document` what stands now. Where it stands, `counter` and `affected`
-- say what Redis is to be told, also where a repeated request found nothing left to change: the
-- first one may not have got so far.

CREATE OR REPLACE FUNCTION shell.put_app(
  p_organization uuid, p_provider text, p_acting_for text,
  p_slug text, p_id uuid, p_app jsonb, p_if_match text[],
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_app shell.apps;
  v_new shell.apps;
  v_counter bigint;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_app FROM shell.apps a WHERE a.slug = p_slug;
  IF NOT shell.if_match(p_if_match, v_app.version) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;

  v_new := jsonb_populate_record(NULL::shell.apps, p_app);
  IF v_app.id IS NULL THEN
    outcome := 'created';
    v_counter := shell.next_change();
    INSERT INTO shell.apps
      (id, slug, name, description, category, api_url, ui_url, status, metadata, version)
    VALUES (p_id, p_slug, v_new.name, v_new.description, v_new.category, v_new.api_url,
      v_new.ui_url, v_new.status, v_new.metadata, v_counter)
    RETURNING * INTO v_app;
  ELSE
    outcome := 'replaced';
    IF (v_app.name, v_app.description, v_app.category, v_app.api_url, v_app.ui_url, v_app.status,
        v_app.metadata)
      IS DISTINCT FROM (v_new.name, v_new.description, v_new.category, v_new.api_url, v_new.ui_url,
        v_new.status, v_new.metadata)
    THEN
      v_counter := shell.next_change();
      UPDATE shell.apps a
      SET name = v_new.name, description = v_new.description, category = v_new.category,
          api_url = v_new.api_url, ui_url = v_new.ui_url, status = v_new.status,
          metadata = v_new.metadata, version = v_counter, updated_at = now()
      WHERE a.id = v_app.id
      RETURNING * INTO v_app;
    END IF;
  END IF;
  counter := v_counter;
  affected := shell.affected_by_app(v_app.id);
  document := shell.app_document(v_app)::text;
END
$$;

-- An app that is gone already was retired by an earlier request, whatever `If-Match` names. Whose
-- catalogues it was in is not known any more then: every organization is affected.
CREATE OR REPLACE FUNCTION shell.retire_app(
  p_organization uuid, p_provider text, p_acting_for text,
  p_slug text, p_if_match text[],
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_app shell.apps;
  v_counter bigint;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_app FROM shell.apps a WHERE a.slug = p_slug;
  IF v_app.id IS NULL THEN
    affected := shell.affected(ARRAY(SELECT o.id FROM shell.organizations o));
  ELSIF NOT shell.if_match(p_if_match, v_app.version) THEN
    outcome := 'precondition_failed';
    RETURN;
  ELSE
    v_counter := shell.next_change();
    affected := shell.affected_by_app(v_app.id);
    DELETE FROM shell.app_organizations ao WHERE ao.app_id = v_app.id;
    DELETE FROM shell.apps a WHERE a.id = v_app.id;
  END IF;
  outcome := 'retired';
  counter := v_counter;
END
$$;

-- Exactly one of p_named_slug and p_named_id is set, or neither for a name that nothing can have.
CREATE OR REPLACE FUNCTION shell.enable_app(
  p_organization uuid, p_provider text, p_acting_for text,
  p_slug text, p_named_slug text, p_named_id uuid,
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_app shell.apps;
  v_for uuid;
  v_counter bigint;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_app FROM shell.apps a WHERE a.slug = p_slug;
  SELECT o.id INTO v_for FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
  IF v_app.id IS NULL THEN
    outcome := 'unknown_app';
    RETURN;
  ELSIF v_for IS NULL THEN
    outcome := 'unknown_organization';
    RETURN;
  END IF;

  PERFORM set_config('shell.organization_id', v_for::text, true);
  INSERT INTO shell.app_organizations (organization_id, app_id) VALUES (v_for, v_app.id)
  ON CONFLICT ON CONSTRAINT app_organizations_pkey DO NOTHING;
  outcome := 'enabled_already';
  IF FOUND THEN
    outcome := 'enabled';
    v_counter := shell.next_change();
  END IF;
  counter := v_counter;
  affected := shell.affected(ARRAY[v_for]);
  document := shell.app_document(v_app)::text;
END
$$;

CREATE OR REPLACE FUNCTION shell.disable_app(
  p_organization uuid, p_provider text, p_acting_for text,
  p_slug text, p_named_slug text, p_named_id uuid,
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_for uuid;
  v_counter bigint;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT o.id INTO v_for FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
  PERFORM set_config('shell.organization_id', v_for::text, true);
  DELETE FROM shell.app_organizations ao USING shell.apps a
  WHERE ao.app_id = a.id AND a.slug = p_slug AND ao.organization_id = v_for;
  IF FOUND THEN
    v_counter := shell.next_change();
  END IF;
  outcome := 'disabled';
  counter := v_counter;
  affected := shell.affected(ARRAY[v_for]);
END
$$;

CREATE OR REPLACE FUNCTION shell.renew_app_lease(
  p_organization uuid, p_provider text, p_acting_for text,
  p_slug text, p_health text, p_ttl_seconds integer,
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_app shell.apps;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  PERFORM shell.lock_changes();
  UPDATE shell.apps a
  SET lease_health = p_health::shell.app_health,
      lease_expires_at = clock_timestamp() + make_interval(secs => p_ttl_seconds)
  WHERE a.slug = p_slug
  RETURNING * INTO v_app;
  IF NOT FOUND THEN
    outcome := 'unknown_app';
    RETURN;
  END IF;
  outcome := 'renewed';
  counter := shell.next_change();
  affected := shell.affected_by_app(v_app.id);
  document := shell.app_document(v_app)::text;
END
$$;

REVOKE ALL ON FUNCTION shell.affected, shell.affected_by_app, shell.discover_catalogue,
  shell.put_app, shell.retire_app, shell.enable_app, shell.disable_app, shell.renew_app_lease
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.affected, shell.affected_by_app, shell.discover_catalogue,
  shell.put_app, shell.retire_app, shell.enable_app, shell.disable_app, shell.renew_app_lease
  TO shell_runtime;
