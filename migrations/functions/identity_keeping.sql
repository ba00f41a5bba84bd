-- The `maintain` job's part of the identity cache: deleting what is no longer needed.

-- Deletes at most p_most rows of each kind that are older than 90 days, and returns how many: events of the
-- inbox; facts of memberships that a later fact about the same user and organization supersedes, and those that
-- were never resolved to a user; former names of users; and cut-offs. A fact that still decides remains with the
-- user that it was resolved to, so it no longer needs the names of that time. Rows that another run is deleting
-- are skipped.
CREATE OR REPLACE FUNCTION shell.purge_webhook_events(p_most integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_before timestamptz := clock_timestamp() - interval '90 days';
  -- Sorts before the stamps of all events of that moment, and is equal to none.
  v_stamp text := lpad((extract(epoch FROM v_before) * 1000)::bigint::text, 15, '0') || ' ';
  v_provider uuid;
  v_count bigint;
  v_purged bigint := 0;
BEGIN
  FOR v_provider IN SELECT p.id FROM shell.identity_providers p
  LOOP
    PERFORM shell.enter_job(NULL, v_provider);
    PERFORM set_config('shell.syncing', 'on', true);
    DELETE FROM shell.webhook_events WHERE ctid = ANY (ARRAY(
      SELECT w.ctid FROM shell.webhook_events w
      WHERE w.identity_provider_id = v_provider AND w.received_at < v_before
      ORDER BY w.received_at LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_purged := v_purged + v_count;

    UPDATE shell.membership_facts SET by_name = false, username = NULL, email = NULL WHERE ctid = ANY (ARRAY(
      SELECT f.ctid FROM shell.membership_facts f
      WHERE f.identity_provider_id = v_provider AND f.by_name AND f.user_external_id IS NOT NULL
        AND f.stamp < v_stamp COLLATE "C"
      LIMIT p_most FOR UPDATE SKIP LOCKED));
    DELETE FROM shell.membership_facts WHERE ctid = ANY (ARRAY(
      SELECT f.ctid FROM shell.membership_facts f
      WHERE f.identity_provider_id = v_provider AND f.stamp < v_stamp COLLATE "C"
        AND (f.user_external_id IS NULL OR EXISTS (
          SELECT FROM shell.membership_facts l
          WHERE l.identity_provider_id = v_provider AND l.user_external_id = f.user_external_id
            AND l.organization_external_id = f.organization_external_id AND l.stamp > f.stamp))
      LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_purged := v_purged + v_count;

    DELETE FROM shell.user_names WHERE ctid = ANY (ARRAY(
      SELECT n.ctid FROM shell.user_names n
      WHERE n.identity_provider_id = v_provider AND n.stamp < v_stamp COLLATE "C"
        AND (n.username IS NULL OR EXISTS (
          SELECT FROM shell.user_names l
          WHERE l.identity_provider_id = v_provider AND l.user_external_id = n.user_external_id
            AND l.stamp > n.stamp AND l.stamp < v_stamp COLLATE "C" AND l.username IS NOT NULL))
        AND (n.email IS NULL OR EXISTS (
          SELECT FROM shell.user_names l
          WHERE l.identity_provider_id = v_provider AND l.user_external_id = n.user_external_id
            AND l.stamp > n.stamp AND l.stamp < v_stamp COLLATE "C" AND l.email IS NOT NULL))
      LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_purged := v_purged + v_count;
  END LOOP;

  DELETE FROM shell.membership_cutoffs WHERE ctid = ANY (ARRAY(
    SELECT c.ctid FROM shell.membership_cutoffs c WHERE c.cut_off_at < v_before
    LIMIT p_most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_purged + v_count;
END
$$;

-- Deletes at most p_most revocations that can refuse no token any more, if no token lives longer than
-- p_longest_token seconds, and returns how many. The hour allows for clocks that differ. Rows that another run is
-- deleting are skipped.
CREATE OR REPLACE FUNCTION shell.purge_revocations(p_most integer, p_longest_token bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_before timestamptz := clock_timestamp() - interval '1 hour';
  v_id uuid;
  v_count bigint;
  v_purged bigint := 0;
BEGIN
  PERFORM shell.enter_job();
  FOR v_id IN SELECT p.id FROM shell.identity_providers p
  LOOP
    PERFORM shell.enter_job(NULL, v_id);
    DELETE FROM shell.revocations WHERE ctid = ANY (ARRAY(
      SELECT r.ctid FROM shell.revocations r
      WHERE r.identity_provider_id = v_id AND r.organization_id IS NULL
        AND shell.revocation_end(r, p_longest_token) < v_before
      LIMIT p_most - v_purged FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_purged := v_purged + v_count;
  END LOOP;
  FOR v_id IN SELECT o.id FROM shell.organizations o
  LOOP
    EXIT WHEN v_purged >= p_most;
    PERFORM shell.enter_job(v_id);
    DELETE FROM shell.revocations WHERE ctid = ANY (ARRAY(
      SELECT r.ctid FROM shell.revocations r
      WHERE r.organization_id = v_id AND shell.revocation_end(r, p_longest_token) < v_before
      LIMIT p_most - v_purged FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_purged := v_purged + v_count;
  END LOOP;
  RETURN v_purged;
END
$$;
