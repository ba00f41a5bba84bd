-- Changes of data that Redis caches: their order, their conditions, and what to invalidate in Redis for each of them.
--
-- All functions that change something return the same columns. `refusal` is why the caller is not allowed to; otherwise
-- `outcome` is the result and `document` the new state. If the change is made, `change` is what to invalidate in Redis,
-- also if a repeated request found nothing left to change: the first one may have failed before that.

-- Admits one writer at a time, and returns the number of changes so far.
CREATE OR REPLACE FUNCTION shell.lock_changes() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY INVOKER AS 'SELECT c.counter FROM shell.changes c FOR UPDATE';

-- Counts a change. Its number is the version of what was changed: never used twice, so that an app
-- retired and registered anew is not mistaken for the old one.
CREATE OR REPLACE FUNCTION shell.next_change() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY INVOKER
AS 'UPDATE shell.changes SET counter = counter + 1, previous_mark = mark, mark = gen_random_uuid(),
      transaction_id = pg_current_xact_id()
    RETURNING counter';

-- What to invalidate in Redis after the change with this number, as JSON: the number; if this transaction made
-- the change, the mark before it and its own mark; and where the change is visible: in the given organizations,
-- and in platform, which shows every app and may act for every organization; each by every identity provider,
-- since Redis may still have values for a provider that an organization had before. It sees only what was done
-- before the expression that calls it, so the change has to be counted in a separate statement.
--
-- Platform's row, which a tenant's statement does not see, is visible while this runs.
CREATE OR REPLACE FUNCTION shell.change_to_tell(p_counter bigint, p_organizations uuid[]) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before text := coalesce(current_setting('shell.platform', true), '');
  v_setting text := set_config('shell.platform', 'on', true);
  v_change text;
BEGIN
  SELECT json_build_object(
    'counter', p_counter,
    'marks', (
      SELECT json_build_array(c.previous_mark, c.mark) FROM shell.changes c
      WHERE c.counter = p_counter AND c.transaction_id = pg_current_xact_id_if_assigned()),
    'affected', (
      SELECT coalesce(json_agg(json_build_object('id', o.id, 'slug', o.slug, 'provider', p.slug)), '[]')
      FROM shell.organizations o CROSS JOIN shell.identity_providers p
      WHERE o.id = ANY (p_organizations) OR o.slug = 'platform'))::text INTO v_change;
  v_setting := set_config('shell.platform', v_before, true);
  RETURN v_change;
END
$$;

-- Whether the preconditions of a request hold (RFC 9110, sections 13.1.1 and 13.1.2). p_conditions is null if
-- none was sent. It has the versions of `If-Match` (or `*`), or a minus alone if that was not sent; those of
-- `If-None-Match` have a minus before them. p_version is null if nothing is stored.
--
-- If the stored state is the requested one already (p_is_done), `If-Match` is not checked: repeating a change
-- that did not reach Redis must not fail on the version that the first attempt made.
CREATE OR REPLACE FUNCTION shell.conditions_hold(
  p_conditions text[], p_version bigint, p_is_done boolean
) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_conditions IS NULL OR (
  (p_is_done OR '-' = ANY (p_conditions)
    OR (p_version IS NOT NULL AND ('*' = ANY (p_conditions) OR p_version::text = ANY (p_conditions))))
  AND (p_version IS NULL
    OR ('-*' <> ALL (p_conditions) AND '-' || p_version::text <> ALL (p_conditions))));
