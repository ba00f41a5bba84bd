-- What the parts of a sweep share.

-- Enters the provider of a sweep, and notes that the sweep is active. Returns the work as identity_telling.sql
-- describes it, with `sweep` for its stamps.
CREATE OR REPLACE FUNCTION shell.enter_sweep(p_sweep uuid) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_sweep shell.sweeps;
BEGIN
  PERFORM shell.enter_job();
  UPDATE shell.sweeps s SET renewed_at = clock_timestamp() WHERE s.id = p_sweep RETURNING * INTO v_sweep;
  IF v_sweep.id IS NULL THEN
    RAISE EXCEPTION 'this sweep has ended, or another one of the same provider has begun since'
      USING HINT = 'Run it again when the other one is over.';
  END IF;
  RETURN shell.enter_provider(v_sweep.identity_provider_id, jsonb_build_object('source', 'sweep',
    'sweep', '-' || lpad(v_sweep.number::text, 8, '0')));
END
$$;

-- The stamp of what a sweep read as of a time at the provider, in milliseconds since the epoch.
CREATE OR REPLACE FUNCTION shell.swept_stamp(p_work jsonb, p_at bigint) RETURNS shell.stamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN shell.stamp_of(p_at, p_work ->> 'sweep');

-- The work as of such a time; p_of makes the stamp unique. What to invalidate in Redis is left out: Redis is not
-- notified of a sweep, whose changes begin a new epoch.
CREATE OR REPLACE FUNCTION shell.work_as_of(p_work jsonb, p_at bigint, p_of text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_stamp text := concat_ws(' ', shell.swept_stamp(p_work, p_at), p_of);
BEGIN
  IF shell.stamp_time(v_stamp) > clock_timestamp() + interval '5 minutes' THEN
    RAISE EXCEPTION 'the identity provider''s clock is more than 5 minutes ahead of PostgreSQL''s'
      USING HINT = 'Set the clocks right, then run it again.';
  END IF;
  RETURN p_work - ARRAY['policies', 'voided', 'renamed', 'cutoffs', 'revocations']
    || jsonb_build_object('stamp', v_stamp, 'at', shell.stamp_time(v_stamp));
END
$$;

-- Notes what the running sweep has seen.
CREATE OR REPLACE FUNCTION shell.note_seen(p_provider uuid, p_kind text, p_ids text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  INSERT INTO shell.swept (identity_provider_id, kind, external_id)
  SELECT p_provider, p_kind, i.id FROM (SELECT DISTINCT unnest(p_ids) AS id) i
  ON CONFLICT ON CONSTRAINT swept_pkey DO NOTHING
$$;

-- Whether this is the account of a client: the provider's lists do not have such accounts.
CREATE OR REPLACE FUNCTION shell.is_service_account(u shell.users) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (u).is_service_account OR (u).username LIKE 'service-account-%';

-- Whether a user is a person who was neither deleted nor erased.
CREATE OR REPLACE FUNCTION shell.is_here(u shell.users) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (u).deleted_at IS NULL AND (u).erased_at IS NULL AND NOT shell.is_service_account(u);

-- Whether the provider ever reported anything about a user, in any way; if not, the user was only seeded.
CREATE OR REPLACE FUNCTION shell.was_told_of(u shell.users) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (u).origin <> 'seed' OR (u).told <> '{}' OR (u).last_login_at IS NOT NULL;

-- Whether a user exists only because of `seed`, and its provider never reported anything about it.
CREATE OR REPLACE FUNCTION shell.is_seeded_alone(u shell.users) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN shell.is_here(u) AND NOT shell.was_told_of(u);

-- Whether a user came from its provider, and was neither deleted nor erased: such a user may be missing there.
CREATE OR REPLACE FUNCTION shell.may_vanish(u shell.users) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN shell.is_here(u) AND shell.was_told_of(u);

-- Revokes the tokens from before a "not before" of the provider, if that was not stored yet and such tokens may
-- still be valid. Then `is_news` is true.
CREATE OR REPLACE FUNCTION shell.revoke_missed(
  p_kind text, p_value text, p_not_before bigint, p_longest bigint, INOUT work jsonb, OUT is_news boolean
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_until timestamptz := least(shell.before_moment(p_not_before), clock_timestamp() + interval '30 seconds');
BEGIN
  is_news := v_until > clock_timestamp() - make_interval(secs => p_longest) AND NOT EXISTS (
    SELECT FROM shell.revocations r
    WHERE r.identity_provider_id = (work ->> 'provider')::uuid AND r.kind = p_kind COLLATE "C"
      AND r.value = p_value COLLATE "C" AND r.organization_id IS NULL
      AND r.cut_off_at >= shell.before_moment(p_not_before));
  IF is_news THEN
    work := shell.revoke_told_until(p_kind, p_value, v_until, work);
  END IF;
END
$$;

-- Ends a part of a sweep: applies the events that waited for what was learned, and reports the organizations that
-- have lost their last administrator.
CREATE OR REPLACE FUNCTION shell.finish_swept(INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  work := shell.work_lost(shell.apply_waiting(work));
END
$$;
