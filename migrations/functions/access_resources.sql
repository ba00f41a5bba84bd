-- Resources that an organization stores, with their properties: how decisions find them, and their changes.

-- The data of resources for decisions, given by their types and ids, place by place, in the caller's organization.
-- `resources` is a JSON array of their properties in the same order, with null for each resource that the organization
-- does not store. `counter` is read before the rest: the changes that it counts are certainly included, and later ones
-- may be.
CREATE OR REPLACE FUNCTION shell.find_resources(
  p_caller jsonb, p_types text[], p_ids text[], OUT refusal text, OUT counter bigint, OUT resources text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
BEGIN
  SELECT c.counter INTO counter FROM shell.changes c;
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  -- The sub-select looks each one up by its key, whatever PostgreSQL's statistics of the table are; a join would read
  -- all resources that the organization stores.
  SELECT coalesce(json_agg((
      SELECT r.properties FROM shell.resources r
      WHERE r.organization_id = v_organization AND r.type = n.type AND r.id = n.id
    ) ORDER BY n.place), '[]')::text INTO resources
  FROM unnest(p_types, p_ids) WITH ORDINALITY n(type, id, place);
END
$$;

-- A resource as the API returns it.
CREATE OR REPLACE FUNCTION shell.resource_document(r shell.resources) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object(
  'type', (r).type, 'id', (r).id, 'properties', (r).properties, 'updated_at', shell.rfc3339((r).updated_at));

-- A page of the resources after the one with p_after_type and p_after_id, in the order of both, as a JSON array; if
-- p_type is given, only resources of this type. The page has at most p_limit resources, and no further one is added
-- once it is p_bytes long. If others follow, `last_type` and `last_id` name its last one.
CREATE OR REPLACE FUNCTION shell.list_resources(
  p_caller jsonb, p_type text, p_after_type text, p_after_id text, p_limit integer, p_bytes integer,
  OUT refusal text, OUT document text, OUT last_type text, OUT last_id text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_found refcursor;
  v_resource shell.resources;
  v_last shell.resources;
  v_documents text[] := '{}';
  v_bytes bigint := 0;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  -- Each query reads by the key, from the beginning of the page on; '' precedes every type and id, as none is empty.
  IF p_type IS NULL THEN
    OPEN v_found FOR SELECT * FROM shell.resources r
      WHERE r.organization_id = v_organization
        AND (r.type, r.id) > (coalesce(p_after_type, ''), coalesce(p_after_id, ''))
      ORDER BY r.type, r.id LIMIT p_limit + 1;
  ELSE
    OPEN v_found FOR SELECT * FROM shell.resources r
      WHERE r.organization_id = v_organization AND r.type = p_type AND r.id > coalesce(p_after_id, '')
      ORDER BY r.id LIMIT p_limit + 1;
  END IF;
  LOOP
    FETCH v_found INTO v_resource;
    EXIT WHEN NOT FOUND;
    IF cardinality(v_documents) = p_limit OR v_bytes >= p_bytes THEN
      last_type := v_last.type;
      last_id := v_last.id;
      EXIT;
    END IF;
    v_documents := v_documents || shell.resource_document(v_resource)::text;
    v_bytes := v_bytes + octet_length(v_documents[cardinality(v_documents)]);
    v_last := v_resource;
  END LOOP;
  CLOSE v_found;
  document := '[' || array_to_string(v_documents, ',') || ']';
END
$$;

-- `document` is null if the organization stores no such resource.
CREATE OR REPLACE FUNCTION shell.get_resource(
  p_caller jsonb, p_type text, p_id text, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NULL THEN
    SELECT json_build_object('version', r.version, 'value', shell.resource_document(r))::text INTO document
    FROM shell.resources r
    WHERE r.organization_id = shell.current_organization() AND r.type = p_type AND r.id = p_id;
  END IF;
END
$$;

-- The id of a resource as a target in the audit trail, no longer than a target's id may be. The metadata of the event
-- has the whole type and id.
CREATE OR REPLACE FUNCTION shell.resource_target(p_type text, p_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(p_type || '/' || p_id, 255);

-- The names of the members that differ between two objects; p_old is null if there was none. 1.5 and 1.50 differ.
CREATE OR REPLACE FUNCTION shell.changed_members(p_old jsonb, p_new jsonb) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT coalesce(json_agg(name ORDER BY name COLLATE "C"), '[]')
  FROM jsonb_each(p_old) o(name, value) FULL JOIN jsonb_each(p_new) n(name, value) USING (name)
  WHERE o.value::text IS DISTINCT FROM n.value::text
);

-- Whether the organization that was entered stores, of at least one of these types, no more resources than its count:
-- then the first of a type, which Redis may not know of yet, is among those just written, or the last one was deleted.
CREATE OR REPLACE FUNCTION shell.stores_no_others(p_organization uuid, p_types text[], p_counts bigint[])
RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM unnest(p_types, p_counts) n(type, count)
  WHERE NOT EXISTS (
    SELECT FROM shell.resources r WHERE r.organization_id = p_organization AND r.type = n.type OFFSET n.count));

-- Writes the properties of resources of the organization that was entered. p_resources has each resource once, as
-- {"type", "id", "properties"}. Changes are locked, and p_counter is their counter before this one. `document` has the
-- outcome of each, in their order: `created`, `replaced` or `unchanged`.
CREATE OR REPLACE FUNCTION shell.write_resources(
  p_caller jsonb, p_counter bigint, p_resources jsonb,
  OUT document text, OUT change text, OUT types_changed boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid := shell.current_organization();
  v_actions text[];
  v_targets text[];
  v_metadata json[];
  v_types text[];
  v_counts bigint[];
BEGIN
  WITH sent AS MATERIALIZED (
    SELECT s.*, CASE
        WHEN s.old IS NULL THEN 'created'
        -- As text: the jsonb values 1.5 and 1.50 are equal, but not identical.
        WHEN s.old::text = s.properties::text THEN 'unchanged'
        ELSE 'replaced' END AS outcome
    FROM (
      SELECT n.*, (
        SELECT r.properties FROM shell.resources r
        WHERE r.organization_id = v_organization AND r.type = n.type AND r.id = n.id) AS old
      FROM (
        SELECT e.resource ->> 'type' AS type, e.resource ->> 'id' AS id, e.resource -> 'properties' AS properties,
          e.place
        FROM jsonb_array_elements(p_resources) WITH ORDINALITY e(resource, place)
      ) n
    ) s
  ), written AS (
    INSERT INTO shell.resources (organization_id, type, id, properties, version)
    SELECT v_organization, s.type, s.id, s.properties, p_counter + 1
    FROM sent s WHERE s.outcome <> 'unchanged'
    ON CONFLICT ON CONSTRAINT resources_pkey DO UPDATE
    SET properties = excluded.properties, version = excluded.version, updated_at = now()
  )
  SELECT
    json_agg(json_build_object('type', s.type, 'id', s.id, 'outcome', s.outcome) ORDER BY s.place)::text,
    array_agg('resource.' || s.outcome ORDER BY s.place) FILTER (WHERE s.outcome <> 'unchanged'),
    array_agg(shell.resource_target(s.type, s.id) ORDER BY s.place) FILTER (WHERE s.outcome <> 'unchanged'),
    array_agg(json_build_object('type', s.type, 'id', s.id, 'changed', shell.changed_members(s.old, s.properties))
      ORDER BY s.place) FILTER (WHERE s.outcome <> 'unchanged')
  INTO document, v_actions, v_targets, v_metadata
  FROM sent s;

  IF v_actions IS NOT NULL THEN
    p_counter := shell.next_change();
    PERFORM shell.add_change_events(p_caller, v_organization, v_actions, 'resource', v_targets, v_metadata);
  END IF;
  change := shell.change_to_tell(p_counter, ARRAY[v_organization]);
  SELECT array_agg(n.type), array_agg(n.count) INTO v_types, v_counts
  FROM (
    SELECT e.resource ->> 'type', count(*) FROM jsonb_array_elements(p_resources) e(resource) GROUP BY 1
  ) n(type, count);
  types_changed := shell.stores_no_others(v_organization, v_types, v_counts);
END
$$;

-- If types_changed is true, the organization may now store its first resource of a type, or may have deleted the last
-- one; if it is false, it has done neither.
CREATE OR REPLACE FUNCTION shell.put_resource(
  p_caller jsonb, p_type text, p_id text, p_properties jsonb, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text, OUT types_changed boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_counter bigint;
  v_old shell.resources;
  v_written record;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_old FROM shell.resources r
  WHERE r.organization_id = shell.current_organization() AND r.type = p_type AND r.id = p_id;
  IF NOT shell.conditions_hold(
    p_conditions, v_old.version, v_old.properties::text IS NOT DISTINCT FROM p_properties::text
  ) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;
  v_written := shell.write_resources(p_caller, v_counter,
    jsonb_build_array(jsonb_build_object('type', p_type, 'id', p_id, 'properties', p_properties)));
  outcome := v_written.document::json -> 0 ->> 'outcome';
  change := v_written.change;
  types_changed := v_written.types_changed;
  SELECT json_build_object('version', r.version, 'value', shell.resource_document(r))::text INTO document
  FROM shell.resources r
  WHERE r.organization_id = shell.current_organization() AND r.type = p_type AND r.id = p_id;
END
$$;

-- The same for several resources; `document` has the outcome of each.
CREATE OR REPLACE FUNCTION shell.put_resources(
  p_caller jsonb, p_resources jsonb,
  OUT refusal text, OUT outcome text, OUT document text, OUT change text, OUT types_changed boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_written record;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_written := shell.write_resources(p_caller, shell.lock_changes(), p_resources);
  outcome := 'written';
  document := v_written.document;
  change := v_written.change;
  types_changed := v_written.types_changed;
END
$$;

-- A resource that does not exist any more was deleted by an earlier request: this succeeds, whatever the conditions
-- are.
CREATE OR REPLACE FUNCTION shell.delete_resource(
  p_caller jsonb, p_type text, p_id text, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text, OUT types_changed boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_counter bigint;
  v_version bigint;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_counter := shell.lock_changes();
  SELECT r.version INTO v_version FROM shell.resources r
  WHERE r.organization_id = v_organization AND r.type = p_type AND r.id = p_id;
  IF FOUND THEN
    IF NOT shell.conditions_hold(p_conditions, v_version, false) THEN
      outcome := 'precondition_failed';
      RETURN;
    END IF;
    v_counter := shell.next_change();
    DELETE FROM shell.resources r WHERE r.organization_id = v_organization AND r.type = p_type AND r.id = p_id;
    PERFORM shell.add_change_events(p_caller, v_organization, ARRAY['resource.deleted'], 'resource',
      ARRAY[shell.resource_target(p_type, p_id)], ARRAY[json_build_object('type', p_type, 'id', p_id)]);
  END IF;
  outcome := 'deleted';
  change := shell.change_to_tell(v_counter, ARRAY[v_organization]);
  types_changed := shell.stores_no_others(v_organization, ARRAY[p_type], ARRAY[0]);
END
$$;
