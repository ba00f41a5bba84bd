-- The parts of an event, and the events that the Shell itself records.

-- The id that the Shell gives an event: the UUIDv7 (RFC 9562, section 5.7) of the moment, in
-- microseconds since the epoch, with the fraction of its millisecond in 12 bits (section 6.2, method 3).
-- p_random are its last 16 hexadecimal digits. The component computes the same id from the same values.
CREATE OR REPLACE FUNCTION shell.audit_id(p_microseconds bigint, p_random text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('0' || to_hex(p_microseconds / 1000) || '7'
  || right('00' || to_hex(p_microseconds % 1000 * 4096 / 1000), 3) || p_random)::uuid;

-- The time at which a UUIDv7 was made, to the millisecond; null for another UUID.
CREATE OR REPLACE FUNCTION shell.uuid_v7_time(p_id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN substr(p_id::text, 15, 1) = '7' THEN to_timestamp(
  ('x' || substr(p_id::text, 1, 8) || substr(p_id::text, 10, 4))::bit(48)::bigint / 1000.0) END;

-- Records an event of the Shell itself in the trail of an organization: the one that the statement has entered or,
-- platform-wide, any. p_targets are as in the API; p_provider is the slug of the identity provider whose user the
-- actor is, or null if the actor is not a user.
CREATE OR REPLACE FUNCTION shell.add_own_event(
  p_organization uuid, p_action text, p_actor_type text, p_actor_id text, p_provider text, p_targets json,
  p_request_id text, p_metadata json
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
  -- The last half of a random UUID begins with the bits of the variant, as that of a UUIDv7 does.
  v_random text := right(replace(gen_random_uuid()::text, '-', ''), 16);
BEGIN
  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
    actor_id, actor_identity_provider, targets, target_ids, outcome, request_id, metadata)
  VALUES (p_organization, shell.audit_id(shell.unix_microseconds(v_now), v_random), v_now, v_now,
    p_action, p_actor_type, p_actor_id, p_provider, p_targets,
    ARRAY(SELECT t.target ->> 'id' FROM json_array_elements(p_targets) t(target)),
    'success', p_request_id, p_metadata);
END
$$;

-- The same for an actor that is not a user.
CREATE OR REPLACE FUNCTION shell.add_audit_event(
  p_organization uuid, p_action text, p_actor_type text, p_actor_id text, p_targets json,
  p_request_id text, p_metadata json
) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN shell.add_own_event(p_organization, p_action, p_actor_type, p_actor_id, NULL, p_targets, p_request_id,
  p_metadata);

-- Records in a trail what a caller did.
CREATE OR REPLACE FUNCTION shell.add_caller_event(
  p_caller jsonb, p_organization uuid, p_action text, p_targets json, p_metadata json
) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN shell.add_own_event(p_organization, p_action, 'user', p_caller ->> 'subject', p_caller ->> 'provider',
  p_targets, p_caller ->> 'request_id', p_metadata);

-- Records in a trail what a caller changed.
CREATE OR REPLACE FUNCTION shell.add_change_event(
  p_caller jsonb, p_organization uuid, p_action text,
  p_type text, p_slug text, p_name text, p_metadata json
) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER
RETURN shell.add_caller_event(p_caller, p_organization, p_action,
  json_build_array(json_build_object('type', p_type, 'id', p_slug, 'name', p_name)), p_metadata);

-- Records in a trail what a caller changed at once: for each event, the arrays have the action, the id of the target,
-- whose type is p_type, and the metadata. The events keep their order.
CREATE OR REPLACE FUNCTION shell.add_change_events(
  p_caller jsonb, p_organization uuid, p_actions text[], p_type text, p_ids text[], p_metadata json[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
    actor_id, actor_identity_provider, targets, target_ids, outcome, request_id, metadata)
  SELECT p_organization,
    shell.audit_id(shell.unix_microseconds(e.at), right(replace(gen_random_uuid()::text, '-', ''), 16)),
    e.at, e.at, e.action, 'user', p_caller ->> 'subject', p_caller ->> 'provider',
    json_build_array(json_build_object('type', p_type, 'id', e.id)), ARRAY[e.id],
    'success', p_caller ->> 'request_id', e.metadata
  FROM (
    SELECT v_now + (c.place - 1) * interval '1 microsecond' AS at, c.action, c.id, c.metadata
    FROM unnest(p_actions, p_ids, p_metadata) WITH ORDINALITY c(action, id, metadata, place)
  ) e;
END
$$;
