-- Roles as a resource: the organization's own and the global ones are read, only its own are written. Global roles
-- are written by the `seed` job only.

-- The role with a slug in the organization that was entered: its own, or a global one. No own role has the slug of a
-- global one.
CREATE OR REPLACE FUNCTION shell.find_role(p_organization uuid, p_slug text) RETURNS shell.roles
LANGUAGE sql STABLE
RETURN (
  SELECT r FROM shell.roles r
  WHERE r.organization_id = p_organization AND r.slug = p_slug AND NOT r.is_global
  UNION ALL
  SELECT r FROM shell.roles r WHERE r.slug = p_slug AND r.is_global
);

-- Each line once, in the order in which lines are returned and compared. Stored lines about the same resource and
-- action are numbered, but their numbers mean nothing.
CREATE OR REPLACE FUNCTION shell.lines_in(p_lines jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (
  SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.resource_type COLLATE "C", l.resource_id COLLATE "C",
    l.action COLLATE "C", l.effect COLLATE "C", l.condition COLLATE "C" NULLS FIRST), '[]')
  FROM (
    SELECT DISTINCT n.* FROM jsonb_to_recordset(p_lines) AS n(
      resource_type text, resource_id text, action text, effect text, condition text)
  ) l
);

-- The lines of a role: what it permits and denies.
CREATE OR REPLACE FUNCTION shell.lines_of(r shell.roles) RETURNS jsonb
LANGUAGE sql STABLE
RETURN (
  SELECT shell.lines_in(coalesce(jsonb_agg(to_jsonb(p)), '[]')) FROM shell.permissions p
  WHERE p.organization_id = (r).organization_id AND p.role = (r).slug
);

-- A role without its lines, of which there may be a thousand.
CREATE OR REPLACE FUNCTION shell.role_summary(r shell.roles) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object(
  'slug', (r).slug,
  'name', (r).name,
  'description', (r).description,
  'inherits', (r).inherits,
  'groups', (r).groups,
  'is_global', (r).is_global,
  'updated_at', shell.rfc3339((r).updated_at)
);

CREATE OR REPLACE FUNCTION shell.role_document(r shell.roles, p_lines jsonb) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object('version', (r).version,
  'value', shell.role_summary(r) || jsonb_build_object('permissions', p_lines));

CREATE OR REPLACE FUNCTION shell.list_roles(
  p_caller jsonb, p_after text, p_limit integer, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_after text := coalesce(p_after, '');
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NULL THEN
    v_organization := shell.current_organization();
    SELECT coalesce(json_agg(shell.role_summary(l.role) ORDER BY l.slug), '[]')::text INTO document
    FROM (
      (SELECT r.slug, r FROM shell.roles r
       WHERE r.organization_id = v_organization AND NOT r.is_global AND r.slug > v_after COLLATE "C"
       ORDER BY r.slug LIMIT p_limit)
      UNION ALL
      (SELECT r.slug, r FROM shell.roles r WHERE r.is_global AND r.slug > v_after COLLATE "C"
       ORDER BY r.slug LIMIT p_limit)
      ORDER BY 1 LIMIT p_limit
    ) l(slug, role);
  END IF;
END
$$;

-- `document` is null if there is no such role.
CREATE OR REPLACE FUNCTION shell.get_role(
  p_caller jsonb, p_slug text, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_role shell.roles;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NULL THEN
    v_role := shell.find_role(shell.current_organization(), p_slug);
    IF v_role.id IS NOT NULL THEN
      document := shell.role_document(v_role, shell.lines_of(v_role))::text;
    END IF;
  END IF;
END
$$;

-- The roles that some roles inherit directly, or, if p_is_up is true, the roles that inherit them directly. No global
-- role inherits an organization's own one.
CREATE OR REPLACE FUNCTION shell.next_roles(p_organization uuid, p_roles text[], p_is_up boolean)
RETURNS TABLE (role text, next text)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT r.slug::text, unnest(r.inherits) FROM shell.roles r
  WHERE NOT p_is_up AND r.organization_id = p_organization AND r.slug = ANY (p_roles) AND NOT r.is_global
  UNION ALL
  SELECT r.slug::text, unnest(r.inherits) FROM shell.roles r
  WHERE NOT p_is_up AND r.slug = ANY (p_roles) AND r.is_global
  UNION ALL
  SELECT unnest(r.inherits), r.slug::text FROM shell.roles r
  WHERE p_is_up AND r.organization_id = p_organization AND r.inherits && p_roles AND NOT r.is_global;
END;

-- The longest chain from a role down through the roles that it inherits, or up through those that inherit it; p_next
-- are the first ones in that direction. If a chain leads down to the role again, the function returns that cycle. A
-- chain has at most one role more than p_most.
--
-- Each step follows all roles at one distance, each of them once, whatever leads to it: so the function also ends on
-- data that is stored wrongly, and a diamond costs no more for each way around it.
CREATE OR REPLACE FUNCTION shell.longest_chain(
  p_organization uuid, p_role text, p_next text[], p_is_up boolean, p_most integer
) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_longest text := p_role;
  v_roles text[] := p_next;
  -- Each chain is a text with spaces between the roles: the arrays in an array must all have the same length.
  v_chains text[] := ARRAY(SELECT p_role || ' ' || n.role FROM unnest(p_next) n(role));
  v_again integer;
BEGIN
  FOR v_step IN 1..p_most LOOP
    EXIT WHEN coalesce(v_roles, '{}') = '{}';
    v_again := array_position(v_roles, p_role);
    v_longest := v_chains[coalesce(v_again, 1)];
    EXIT WHEN v_again IS NOT NULL;
    SELECT array_agg(s.role), array_agg(s.chain) INTO v_roles, v_chains
    FROM (
      SELECT DISTINCT ON (n.next) n.next AS role, w.chain || ' ' || n.next AS chain
      FROM unnest(v_roles, v_chains) w(role, chain)
      JOIN shell.next_roles(p_organization, v_roles, p_is_up) n ON n.role = w.role COLLATE "C"
      -- What the role itself has inherited so far does not count, since it is being replaced.
      WHERE NOT (p_is_up AND n.next = p_role COLLATE "C")
      ORDER BY n.next
    ) s;
  END LOOP;
  RETURN string_to_array(v_longest, ' ');
END
$$;

-- The errors in a role's new inheritance: pointers into its content, what is wrong there, and with which roles; or
-- null. A chain of inheritance may have at most p_most roles.
CREATE OR REPLACE FUNCTION shell.role_faults(
  p_organization uuid, p_slug text, p_inherits text[], p_most integer
) RETURNS text
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_faults jsonb;
  v_down text[] := shell.longest_chain(p_organization, p_slug, p_inherits, false, p_most);
  v_up text[];
BEGIN
  SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', '/inherits/' || (n.place - 1),
      'fault', 'unknown_role', 'roles', jsonb_build_array(n.role)) ORDER BY n.place), '[]') INTO v_faults
  FROM unnest(p_inherits) WITH ORDINALITY n(role, place)
  WHERE n.role <> p_slug AND (shell.find_role(p_organization, n.role)).id IS NULL;

  IF p_slug = ANY (v_down[2:]) THEN
    v_faults := v_faults || jsonb_build_object('pointer', '/inherits', 'fault', 'circle', 'roles', v_down);
  ELSE
    v_up := shell.longest_chain(p_organization, p_slug,
      ARRAY(SELECT n.next FROM shell.next_roles(p_organization, ARRAY[p_slug], true) n
        WHERE n.role = p_slug COLLATE "C" AND n.next <> p_slug COLLATE "C"), true, p_most);
    IF cardinality(v_up) + cardinality(v_down) - 1 > p_most THEN
      v_faults := v_faults || jsonb_build_object('pointer', '/inherits', 'fault', 'too_deep', 'roles',
        ARRAY(SELECT u.role FROM unnest(v_up) WITH ORDINALITY u(role, place) ORDER BY u.place DESC)
          || v_down[2:]);
    END IF;
  END IF;
  RETURN nullif(v_faults, '[]')::text;
END
$$;

-- Adds an organization's own role, or replaces the content of the one with its slug.
CREATE OR REPLACE FUNCTION shell.write_role(p_role shell.roles) RETURNS shell.roles
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  p_role.is_global := false;
  p_role.created_at := coalesce(p_role.created_at, now());
  p_role.updated_at := now();
  INSERT INTO shell.roles AS r SELECT (p_role).*
  ON CONFLICT ON CONSTRAINT roles_pkey DO UPDATE
  SET name = excluded.name, description = excluded.description, inherits = excluded.inherits,
      groups = excluded.groups, version = excluded.version, updated_at = excluded.updated_at
  RETURNING * INTO p_role;
  RETURN p_role;
END
$$;

-- Replaces the lines of an organization's own role by these, which are as shell.lines_in() returns them.
CREATE OR REPLACE FUNCTION shell.write_lines(p_role shell.roles, p_lines jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  DELETE FROM shell.permissions p
  WHERE p.organization_id = p_role.organization_id AND p.role = p_role.slug AND NOT p.is_global;
  INSERT INTO shell.permissions (organization_id, role, resource_type, resource_id, action, number, effect,
    condition)
  SELECT p_role.organization_id, p_role.slug, l.resource_type, l.resource_id, l.action,
    row_number() OVER (PARTITION BY l.resource_type, l.resource_id, l.action), l.effect, l.condition
  FROM jsonb_to_recordset(p_lines) AS l(
    resource_type text, resource_id text, action text, effect shell.effect, condition text);
END
$$;

-- The fields that differ between two documents of a role, for the audit trail, without `is_global`: a role never
-- becomes a global one.
CREATE OR REPLACE FUNCTION shell.changed_of_role(p_old json, p_new json) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object('changed',
  shell.changed_fields(p_old -> 'value', ((p_new ->> 'value')::jsonb - 'is_global')::json));

-- p_content has the role's columns by name, and `permissions`. The assignments of the role stay as they are.
CREATE OR REPLACE FUNCTION shell.put_role(
  p_caller jsonb, p_slug text, p_id uuid, p_content jsonb, p_most_in_a_row integer, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_old shell.roles;
  v_old_lines jsonb;
  v_old_document json;
  v_new shell.roles;
  v_lines jsonb := shell.lines_in(p_content -> 'permissions');
  v_new_document json;
  v_is_done boolean;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_counter := shell.lock_changes();
  v_old := shell.find_role(v_organization, p_slug);
  v_old_lines := shell.lines_of(v_old);
  v_new := jsonb_populate_record(v_old, p_content);
  v_new.inherits := ARRAY(
    SELECT DISTINCT e.slug COLLATE "C" FROM unnest(v_new.inherits) e(slug) ORDER BY 1);
  v_new.groups := ARRAY(
    SELECT DISTINCT e.name COLLATE "C" FROM unnest(v_new.groups) e(name) ORDER BY 1);
  v_is_done := v_new IS NOT DISTINCT FROM v_old AND v_lines = v_old_lines;

  IF v_old.is_global OR shell.makes_administrators(v_organization, p_slug) THEN
    outcome := 'global_role';
    RETURN;
  ELSIF NOT shell.conditions_hold(p_conditions, v_old.version, v_is_done) THEN
    outcome := 'precondition_failed';
    RETURN;
  ELSIF NOT v_is_done THEN
    document := shell.role_faults(v_organization, p_slug,
      ARRAY(SELECT jsonb_array_elements_text(p_content -> 'inherits')), p_most_in_a_row);
    IF document IS NOT NULL THEN
      outcome := 'invalid';
      RETURN;
    END IF;
  END IF;

  outcome := CASE WHEN v_old.id IS NULL THEN 'created' ELSE 'replaced' END;
  IF v_is_done THEN
    v_new_document := shell.role_document(v_old, v_old_lines);
  ELSE
    v_counter := shell.next_change();
    v_old_document := CASE WHEN v_old.id IS NOT NULL THEN shell.role_document(v_old, v_old_lines) END;
    v_new.organization_id := v_organization;
    v_new.id := coalesce(v_old.id, p_id);
    v_new.slug := p_slug;
    v_new.version := v_counter;
    v_new := shell.write_role(v_new);
    IF v_lines <> v_old_lines THEN
      PERFORM shell.write_lines(v_new, v_lines);
    END IF;
    -- Its name and description affect no policy.
    IF (v_new.inherits, v_new.groups) IS DISTINCT FROM (v_old.inherits, v_old.groups) OR v_lines <> v_old_lines THEN
      PERFORM shell.void_policies(v_organization, v_counter);
    END IF;
    v_new_document := shell.role_document(v_new, v_lines);
    PERFORM shell.add_change_event(p_caller, v_organization,
      CASE outcome WHEN 'created' THEN 'role.created' ELSE 'role.replaced' END,
      'role', p_slug, v_new.name, shell.changed_of_role(v_old_document, v_new_document));
  END IF;
  change := shell.change_to_tell(v_counter, ARRAY[v_organization]);
  document := v_new_document::text;
END
$$;

-- Deletes a role with its lines and its assignments. A role that does not exist any more was deleted by an earlier
-- request: this succeeds, whatever the conditions are. A role that others inherit is not deleted; `document` has these.
CREATE OR REPLACE FUNCTION shell.delete_role(
  p_caller jsonb, p_slug text, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_organization uuid;
  v_role shell.roles;
  v_members bigint;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_organization := shell.current_organization();
  v_counter := shell.lock_changes();
  v_role := shell.find_role(v_organization, p_slug);
  IF v_role.is_global OR shell.makes_administrators(v_organization, p_slug) THEN
    outcome := 'global_role';
    RETURN;
  ELSIF v_role.id IS NOT NULL THEN
    SELECT json_agg(n.next ORDER BY n.next)::text INTO document
    FROM shell.next_roles(v_organization, ARRAY[p_slug], true) n
    WHERE n.role = p_slug COLLATE "C" AND n.next <> p_slug COLLATE "C";
    IF document IS NOT NULL THEN
      outcome := 'inherited_role';
      RETURN;
    ELSIF NOT shell.conditions_hold(p_conditions, v_role.version, false) THEN
      outcome := 'precondition_failed';
      RETURN;
    END IF;
    v_counter := shell.next_change();
    WITH removed AS (
      DELETE FROM shell.role_assignments a
      WHERE a.organization_id = v_organization AND a.role_organization_id = v_organization
        AND a.role = p_slug
      RETURNING a.role
    )
    SELECT count(*) INTO v_members FROM removed;
    PERFORM shell.write_lines(v_role, '[]');
    DELETE FROM shell.roles r WHERE r.organization_id = v_organization AND r.slug = p_slug;
    PERFORM shell.void_policies(v_organization, v_counter);
    PERFORM shell.add_change_event(p_caller, v_organization, 'role.deleted', 'role', p_slug, v_role.name,
      json_build_object('members', v_members));
  END IF;
  outcome := 'deleted';
  change := shell.change_to_tell(v_counter, ARRAY[v_organization]);
END
$$;
