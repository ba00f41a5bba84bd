-- The names of users over time: events of memberships name a person only by username and e-mail, as of the time of
-- the event. Providers do not distinguish upper and lower case in either.

-- The name of a user at a stamp, according to what was reported until then; null if nothing was reported.
CREATE OR REPLACE FUNCTION shell.called_at(p_provider uuid, p_user text, p_stamp text)
RETURNS TABLE (username text, email text)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT (
    SELECT n.username FROM shell.user_names n
    WHERE n.identity_provider_id = p_provider AND n.user_external_id = p_user AND n.stamp <= p_stamp COLLATE "C"
      AND n.username IS NOT NULL
    ORDER BY n.stamp DESC LIMIT 1
  ), (
    SELECT n.email FROM shell.user_names n
    WHERE n.identity_provider_id = p_provider AND n.user_external_id = p_user AND n.stamp <= p_stamp COLLATE "C"
      AND n.email IS NOT NULL
    ORDER BY n.stamp DESC LIMIT 1
  );
END;

-- The one user with this name at a stamp, by its external_id; null if there is none or several. A user of `seed`
-- whose name was never reported has always had its current name.
CREATE OR REPLACE FUNCTION shell.user_called(p_provider uuid, p_username text, p_email text, p_stamp text)
RETURNS text
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
BEGIN
  RETURN (SELECT CASE WHEN count(*) = 1 THEN min(c.external_id) END
  FROM (
    SELECT n.user_external_id AS external_id
    FROM (
      SELECT DISTINCT n.user_external_id FROM shell.user_names n
      WHERE n.identity_provider_id = p_provider AND n.username = lower(p_username) COLLATE "C"
        AND n.stamp <= p_stamp COLLATE "C"
    ) n
    CROSS JOIN LATERAL shell.called_at(p_provider, n.user_external_id, p_stamp) a
    WHERE a.username = lower(p_username) COLLATE "C" AND coalesce(a.email, '') = lower(coalesce(p_email, ''))
    UNION ALL
    SELECT u.external_id FROM shell.users u
    WHERE u.identity_provider_id = p_provider AND u.username = p_username COLLATE "C" AND u.origin = 'seed'
      AND lower(u.email) = lower(coalesce(p_email, '')) AND u.deleted_at IS NULL AND u.erased_at IS NULL
      AND NOT EXISTS (
        SELECT FROM shell.user_names n
        WHERE n.identity_provider_id = p_provider AND n.user_external_id = u.external_id)
  ) c);
END
$$;

-- Stores the names that a fact reports about a user; p_old is the user's row before the fact. The names from
-- `seed` apply from before the first report. A sweep that found a name unchanged only updated its stamp, so if an
-- older name is reported afterwards, the current one is stored with that stamp. True if the fact's names were not
-- stored yet.
CREATE OR REPLACE FUNCTION shell.keep_names(p_old shell.users, p_fact jsonb, p_stamp text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_is_news boolean;
BEGIN
  IF NOT p_fact ?| ARRAY['username', 'email'] THEN
    RETURN false;
  END IF;
  IF p_old.origin = 'seed' AND NOT EXISTS (
    SELECT FROM shell.user_names n
    WHERE n.identity_provider_id = p_old.identity_provider_id AND n.user_external_id = p_old.external_id) THEN
    INSERT INTO shell.user_names (identity_provider_id, user_external_id, stamp, username, email)
    VALUES (p_old.identity_provider_id, p_old.external_id, shell.stamp_of(0, 'seed'), lower(p_old.username),
      lower(p_old.email));
  END IF;
  INSERT INTO shell.user_names AS n (identity_provider_id, user_external_id, stamp, username, email)
  VALUES (p_old.identity_provider_id, p_old.external_id, p_stamp, lower(p_fact ->> 'username'),
    CASE WHEN p_fact ? 'email' THEN lower(coalesce(p_fact ->> 'email', '')) END)
  ON CONFLICT ON CONSTRAINT user_names_pkey DO UPDATE
  SET username = coalesce(excluded.username, n.username), email = coalesce(excluded.email, n.email)
  WHERE (n.username, n.email)
    IS DISTINCT FROM (coalesce(excluded.username, n.username), coalesce(excluded.email, n.email));
  v_is_news := FOUND;
  INSERT INTO shell.user_names AS n (identity_provider_id, user_external_id, stamp, username, email)
  SELECT p_old.identity_provider_id, p_old.external_id, t.stamp, min(t.username), min(t.email)
  FROM (VALUES
    (p_old.told ->> 'username', lower(p_old.username), NULL::text),
    (p_old.told ->> 'email', NULL, lower(p_old.email))
  ) t(stamp, username, email)
  WHERE t.stamp COLLATE "C" > p_stamp
  GROUP BY t.stamp
  ON CONFLICT ON CONSTRAINT user_names_pkey DO UPDATE
  SET username = coalesce(n.username, excluded.username), email = coalesce(n.email, excluded.email);
  RETURN v_is_news;
END
$$;

-- Resolves again the facts that name a user by one of these names, after something was learned about whose names
-- they are or were, and computes the memberships of every user that such a fact means now or meant before. An
-- event that no longer means any user waits again.
CREATE OR REPLACE FUNCTION shell.settle_names(p_names text[], INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_fact record;
BEGIN
  FOR v_fact IN
    SELECT f.organization_external_id, f.stamp, f.source, f.is_member, f.username, f.user_external_id AS meant,
      shell.user_called(v_provider, f.username, f.email, f.stamp) AS means
    FROM shell.membership_facts f
    WHERE f.identity_provider_id = v_provider AND f.by_name AND f.username = ANY (p_names)
    ORDER BY f.stamp
  LOOP
    CONTINUE WHEN v_fact.means IS NOT DISTINCT FROM v_fact.meant;
    IF shell.is_older_than_list(work || jsonb_build_object('stamp', v_fact.stamp), v_fact.means, 'organizations') THEN
      DELETE FROM shell.membership_facts f
      WHERE f.identity_provider_id = v_provider AND f.stamp = v_fact.stamp
        AND f.organization_external_id = v_fact.organization_external_id;
      IF NOT v_fact.is_member THEN
        work := shell.cut_off_who_left(v_fact.organization_external_id, v_fact.means,
          shell.stamp_time(v_fact.stamp), work);
      END IF;
    ELSE
      UPDATE shell.membership_facts f SET user_external_id = v_fact.means
      WHERE f.identity_provider_id = v_provider AND f.stamp = v_fact.stamp
        AND f.organization_external_id = v_fact.organization_external_id;
    END IF;
    IF v_fact.meant IS NOT NULL THEN
      work := shell.settle_user(v_fact.meant, work);
    END IF;
    IF v_fact.means IS NOT NULL THEN
      work := shell.settle_user(v_fact.means, work);
      work := shell.work_with(work, 'learned', to_jsonb('name:' || v_fact.username));
    ELSE
      UPDATE shell.webhook_events w
      SET status = 'waiting', waits_for = array_append(w.waits_for, 'name:' || v_fact.username)
      WHERE w.identity_provider_id = v_provider AND w.source = v_fact.source
        AND w.id = substr(v_fact.stamp, 17) AND w.status = 'applied';
    END IF;
  END LOOP;
END
$$;

-- All current and former usernames of a user.
CREATE OR REPLACE FUNCTION shell.names_of(u shell.users) RETURNS text[]
LANGUAGE sql STABLE SECURITY INVOKER
RETURN ARRAY(
  SELECT n.username FROM shell.user_names n
  WHERE n.identity_provider_id = (u).identity_provider_id AND n.user_external_id = (u).external_id
    AND n.username IS NOT NULL
  UNION
  SELECT lower((u).username));
