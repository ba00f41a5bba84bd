-- Apps: the apps that an organization finds, and the changes of apps and of their enablement.

-- An app as the component reads it: with its id, by which its lease is found, and its version.
CREATE OR REPLACE FUNCTION shell.app_document(a shell.apps) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
RETURN json_build_object('id', (a).id, 'version', (a).version, 'value', json_build_object(
  'slug', (a).slug,
  'name', (a).name,
  'description', (a).description,
  'category', (a).category,
  'api_url', (a).api_url,
  'ui_url', (a).ui_url,
  'status', (a).status,
  'metadata', (a).metadata,
  'updated_at', shell.rfc3339((a).updated_at)
));

-- The leases that have not ended, of all apps or only of p_app, as
-- [[app's id, health, end in microseconds since the epoch]].
CREATE OR REPLACE FUNCTION shell.leases_in_force(p_app uuid DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE
RETURN (
  SELECT coalesce(json_agg(json_build_array(l.app_id, l.health, shell.unix_microseconds(l.expires_at))), '[]')
  FROM shell.app_leases l WHERE l.expires_at > now() AND (p_app IS NULL OR l.app_id = p_app));

-- An app and the leases that are returned with it.
CREATE OR REPLACE FUNCTION shell.app_with_leases(a shell.apps, p_leases json) RETURNS text
LANGUAGE sql STABLE
RETURN json_build_object('app', shell.app_document(a), 'leases', p_leases)::text;

-- The apps that an organization finds, by slug; platform, acting for no other organization, finds every app.
-- `counter` is read before the rest: the changes that it counts are certainly in `apps`, and later ones may be. The
-- same holds for `heartbeat` and `leases`.
CREATE OR REPLACE FUNCTION shell.discover_catalogue(
  p_caller jsonb,
  OUT organization_id uuid, OUT refusal text, OUT counter bigint, OUT apps text,
  OUT heartbeat bigint, OUT leases text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT c.counter, h.number INTO counter, heartbeat FROM shell.changes c, shell.heartbeats h;
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  organization_id := shell.current_organization();
  leases := shell.leases_in_force()::text;
  IF p_caller ->> 'acting_for' IS NULL AND EXISTS (
    SELECT FROM shell.organizations o WHERE o.id = organization_id AND o.slug = 'platform'
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

-- Only the leases, for a caller that has the catalogue.
CREATE OR REPLACE FUNCTION shell.find_leases(
  p_caller jsonb, OUT refusal text, OUT heartbeat bigint, OUT leases text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NULL THEN
    SELECT h.number INTO heartbeat FROM shell.heartbeats h;
    leases := shell.leases_in_force()::text;
  END IF;
END
$$;

-- The organizations that an app is enabled for.
CREATE OR REPLACE FUNCTION shell.enabled_for(p_app uuid) RETURNS uuid[]
LANGUAGE sql STABLE
RETURN ARRAY(SELECT ao.organization_id FROM shell.app_organizations ao WHERE ao.app_id = p_app);

-- Adds an app, or replaces the content of the one with its id.
CREATE OR REPLACE FUNCTION shell.write_app(p_app shell.apps) RETURNS shell.apps
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  p_app.created_at := coalesce(p_app.created_at, now());
  p_app.updated_at := now();
  INSERT INTO shell.apps AS a SELECT (p_app).*
  ON CONFLICT ON CONSTRAINT apps_pkey DO UPDATE
  SET name = excluded.name, description = excluded.description, category = excluded.category,
      api_url = excluded.api_url, ui_url = excluded.ui_url, status = excluded.status,
      metadata = excluded.metadata, version = excluded.version, updated_at = excluded.updated_at
  RETURNING * INTO p_app;
  RETURN p_app;
END
$$;

-- p_app has the columns of shell.apps by name; a column that it lacks stays as it is.
CREATE OR REPLACE FUNCTION shell.put_app(
  p_caller jsonb, p_slug text, p_id uuid, p_app jsonb, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_old shell.apps;
  v_new shell.apps;
  v_is_done boolean;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_old FROM shell.apps a WHERE a.slug = p_slug;
  v_new := jsonb_populate_record(v_old, p_app);
  -- As text: in metadata, the jsonb values 1.5 and 1.50 are equal, but not identical.
  v_is_done := v_new::text IS NOT DISTINCT FROM v_old::text;
  IF NOT shell.conditions_hold(p_conditions, v_old.version, v_is_done) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;

  outcome := CASE WHEN v_old.id IS NULL THEN 'created' ELSE 'replaced' END;
  IF NOT v_is_done THEN
    v_counter := shell.next_change();
    v_new.id := coalesce(v_old.id, p_id);
    v_new.slug := p_slug;
    v_new.version := v_counter;
    v_new := shell.write_app(v_new);
    PERFORM shell.add_change_event(p_caller, (p_caller ->> 'organization')::uuid,
      CASE outcome WHEN 'created' THEN 'app.registered' ELSE 'app.replaced' END,
      'app', p_slug, v_new.name, p_app::json);
  END IF;
  change := shell.change_to_tell(v_counter, shell.enabled_for(v_new.id));
  document := shell.app_with_leases(v_new, shell.leases_in_force(v_new.id));
END
$$;

-- An app that does not exist any more was retired by an earlier request: this succeeds, whatever the conditions are.
-- It is then not known whose catalogues it was in, so that every organization is affected. Each organization that it
-- was enabled for gets an event in its own trail.
CREATE OR REPLACE FUNCTION shell.retire_app(
  p_caller jsonb, p_slug text, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_app shell.apps;
  v_affected uuid[];
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_app FROM shell.apps a WHERE a.slug = p_slug;
  IF v_app.id IS NULL THEN
    v_affected := ARRAY(SELECT o.id FROM shell.organizations o);
  ELSIF NOT shell.conditions_hold(p_conditions, v_app.version, false) THEN
    outcome := 'precondition_failed';
    RETURN;
  ELSE
    v_counter := shell.next_change();
    v_affected := shell.enabled_for(v_app.id);
    DELETE FROM shell.app_organizations ao WHERE ao.app_id = v_app.id;
    DELETE FROM shell.apps a WHERE a.id = v_app.id;
    PERFORM shell.add_change_event(p_caller, (p_caller ->> 'organization')::uuid, 'app.retired',
      'app', p_slug, v_app.name, '{}');
    PERFORM shell.add_change_event(p_caller, e.organization_id, 'app.disabled',
      'app', p_slug, v_app.name, '{}')
    FROM unnest(v_affected) AS e(organization_id);
  END IF;
  outcome := 'retired';
  change := shell.change_to_tell(v_counter, v_affected);
END
$$;

-- Exactly one of p_named_slug and p_named_id is set, or neither for a name that no organization can have. The
-- event is in the trail of that organization.
CREATE OR REPLACE FUNCTION shell.enable_app(
  p_caller jsonb, p_slug text, p_named_slug text, p_named_id uuid,
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_app shell.apps;
  v_for uuid;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
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

  INSERT INTO shell.app_organizations (organization_id, app_id) VALUES (v_for, v_app.id)
  ON CONFLICT ON CONSTRAINT app_organizations_pkey DO NOTHING;
  outcome := 'enabled_already';
  IF FOUND THEN
    outcome := 'enabled';
    v_counter := shell.next_change();
    PERFORM shell.add_change_event(p_caller, v_for, 'app.enabled', 'app', p_slug, v_app.name, '{}');
  END IF;
  change := shell.change_to_tell(v_counter, ARRAY[v_for]);
  document := shell.app_with_leases(v_app, shell.leases_in_force(v_app.id));
END
$$;

-- The parameters and the trail are those of enable_app.
CREATE OR REPLACE FUNCTION shell.disable_app(
  p_caller jsonb, p_slug text, p_named_slug text, p_named_id uuid,
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_for uuid;
  v_name text;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT o.id INTO v_for FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
  DELETE FROM shell.app_organizations ao USING shell.apps a
  WHERE ao.app_id = a.id AND a.slug = p_slug AND ao.organization_id = v_for
  RETURNING a.name INTO v_name;
  IF FOUND THEN
    v_counter := shell.next_change();
    PERFORM shell.add_change_event(p_caller, v_for, 'app.disabled', 'app', p_slug, v_name, '{}');
  END IF;
  outcome := 'disabled';
  change := shell.change_to_tell(v_counter, ARRAY[v_for]);
END
$$;

-- A heartbeat is not counted as a change, and not recorded in the trail. Its number is the time, so that it increases
-- even after the database was restored; `document` has all leases that are in force after it.
CREATE OR REPLACE FUNCTION shell.renew_app_lease(
  p_caller jsonb, p_slug text, p_health text, p_ttl_seconds integer,
  OUT refusal text, OUT outcome text, OUT document text, OUT heartbeat bigint
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_app shell.apps;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  -- The lock keeps the app from being retired in the meantime.
  SELECT * INTO v_app FROM shell.apps a WHERE a.slug = p_slug FOR KEY SHARE;
  IF NOT FOUND THEN
    outcome := 'unknown_app';
    RETURN;
  END IF;
  UPDATE shell.heartbeats h
  SET number = greatest(h.number + 1, shell.unix_microseconds(clock_timestamp()))
  RETURNING h.number INTO heartbeat;
  INSERT INTO shell.app_leases (app_id, health, expires_at)
  VALUES (v_app.id, p_health::shell.app_health, clock_timestamp() + make_interval(secs => p_ttl_seconds))
  ON CONFLICT ON CONSTRAINT app_leases_pkey DO UPDATE
  SET health = excluded.health, expires_at = excluded.expires_at;
  outcome := 'renewed';
  document := shell.app_with_leases(v_app, shell.leases_in_force());
END
$$;
