-- Resources that an organization stores, with what is said of them: what decisions find, and their changes.

-- What decisions need to know of resources, given by their types and ids place by place, in the caller's
-- organization. `resources` is a JSON array of their properties in the same order, null where the organization
-- stores no such resource. `counter` is read before the rest: what it counts is in it for certain, and what
-- comes later may be.
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
  -- Each is looked up by its key, whatever PostgreSQL knows of the table; in a join it would read all that the
  -- organization stores.
  SELECT coalesce(json_agg((
      SELECT r.properties FROM shell.resources r
      WHERE r.organization_id = v_organization AND r.type = n.type AND r.id = n.id
    ) ORDER BY n.place), '[]')::text INTO resources
  FROM unnest(p_types, p_ids) WITH ORDINALITY n(type, id, place);
END
$$;
