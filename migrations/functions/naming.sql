-- The organizations that a token's names stand for, and what a token shows about their names.
--
-- A provider gives an organization an identifier, which it uses once, and an alias, which may be freed and taken
-- by somebody else. So an identifier finds by itself alone, and an alias finds the organization whose slug it is
-- only until something contradicts it. Platform is never found by alias, and learns nothing.

-- Voids all names of these providers that Redis has as resolved, by the change with this number.
CREATE OR REPLACE FUNCTION shell.void_names(p_providers uuid[], p_counter bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY INVOKER AS $$
  UPDATE shell.identity_providers SET naming_version = p_counter WHERE id = ANY (p_providers)
$$;

-- The aliases of a token's names and, place by place, the identifiers beside them, null where there is none. A
-- name whose identifier is invalid is left out: no organization has it.
CREATE OR REPLACE FUNCTION shell.read_names(p_names jsonb, OUT aliases text[], OUT identifiers text[])
LANGUAGE sql IMMUTABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT coalesce(array_agg(n.alias), '{}'), coalesce(array_agg(n.id), '{}')
  FROM jsonb_to_recordset(p_names) AS n(alias text, id text)
  WHERE n.id IS NULL
    OR (char_length(n.id) BETWEEN 1 AND 255 AND n.id !~ '[\u0001-\u001f\u007f-\u009f]');
END;

-- The organizations of a provider whose slug a token has as an alias, although it does not lead to them: `others`
-- are the identifiers beside that alias that are not the organization's, empty if the alias is alone.
CREATE OR REPLACE FUNCTION shell.named_otherwise(p_provider uuid, p_aliases text[], p_identifiers text[])
RETURNS TABLE (id uuid, slug shell.slug, name text, external_id text, is_void boolean, others text[])
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
  SELECT o.id, o.slug, o.name, o.external_id, o.alias_voided_at IS NOT NULL,
    coalesce(array_agg(DISTINCT n.identifier) FILTER (WHERE n.identifier IS NOT NULL), '{}')
  FROM unnest(p_aliases, p_identifiers) AS n(alias, identifier)
  JOIN shell.organizations o ON o.slug = n.alias AND o.identity_provider_id = p_provider
  WHERE CASE WHEN n.identifier IS NULL THEN o.alias_voided_at IS NOT NULL OR o.slug = 'platform'
    ELSE o.external_id IS DISTINCT FROM n.identifier END
  GROUP BY o.id
  ORDER BY o.slug;
END;

-- Stores what a token shows about names. An organization without an identifier gets the one beside its slug, if
-- there is only one and no organization of the provider has it. Otherwise the alias was seen with another
-- identifier than the organization's, and is void until an administrator sets the identifier. The actor of the
-- audit event is the provider, whose token it was. What the provider reported about an organization's members
-- takes effect once its identifier is known. Returns the number of the change, null if another call had stored
-- all of it meanwhile; the organizations that changed; and those whose alias is void now.
CREATE OR REPLACE FUNCTION shell.learn_names(
  p_provider uuid, p_aliases text[], p_identifiers text[],
  OUT counter bigint, OUT changed uuid[], OUT voided uuid[]
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider text := (SELECT p.slug FROM shell.identity_providers p WHERE p.id = p_provider);
  v_said record;
  v_learns boolean;
BEGIN
  changed := '{}';
  voided := '{}';
  PERFORM shell.lock_changes();
  FOR v_said IN
    SELECT * FROM shell.named_otherwise(p_provider, p_aliases, p_identifiers) s
    WHERE s.others <> '{}' AND NOT s.is_void AND s.slug <> 'platform'
  LOOP
    v_learns := v_said.external_id IS NULL AND cardinality(v_said.others) = 1 AND NOT EXISTS (
      SELECT FROM shell.organizations o
      WHERE o.identity_provider_id = p_provider AND o.external_id = v_said.others[1]);
    counter := coalesce(counter, shell.next_change());
    changed := changed || v_said.id;
    IF v_learns THEN
      UPDATE shell.organizations o
      SET external_id = v_said.others[1], version = counter, updated_at = now() WHERE o.id = v_said.id;
      PERFORM shell.settle_organization(v_said.id, counter);
    ELSE
      voided := voided || v_said.id;
      UPDATE shell.organizations o
      SET alias_voided_at = now(), version = counter, updated_at = now() WHERE o.id = v_said.id;
    END IF;
    PERFORM shell.add_audit_event(v_said.id,
      CASE WHEN v_learns THEN 'organization.identified' ELSE 'organization.alias_voided' END,
      'identity_provider', v_provider,
      json_build_array(json_build_object('type', 'organization', 'id', v_said.slug, 'name', v_said.name)),
      NULL, CASE WHEN v_learns THEN json_build_object('external_id', v_said.others[1])
        ELSE json_build_object('external_id', v_said.external_id, 'seen', v_said.others[1]) END);
  END LOOP;
  -- Learning an identifier voids resolved names, too: one that was ignored as unknown beside others may be known
  -- now.
  IF counter IS NOT NULL THEN
    PERFORM shell.void_names(ARRAY[p_provider], counter);
  END IF;
END
$$;

-- Resolves the names of an authentic token of a provider: [{alias, id}], without `id` if the token has none.
-- p_chosen is the slug in `Shell-Organization`, or null; if the token names platform and not the organization
-- that is chosen, platform acts for that one (`acts_for`), which shell.enter checks.
--
-- `refusal`: `no_organization`; `several_organizations`, with the slugs in `choices`; `not_platform`. `warnings`
-- are for the log: [{warning, organization, external_id, seen}]. `version` is the provider's, `counter` that of
-- the changes, both read before the rest. `change` is what to invalidate in Redis, if something was learned.
--
-- It runs before any tenant is entered, and sees every organization while it runs.
CREATE OR REPLACE FUNCTION shell.name_organization(
  p_provider text, p_names jsonb, p_chosen text,
  OUT refusal text, OUT organization_id uuid, OUT acts_for boolean, OUT version bigint, OUT counter bigint,
  OUT choices text, OUT warnings text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before text := coalesce(current_setting('shell.platform', true), '');
  v_setting text := set_config('shell.platform', 'on', true);
  v_provider uuid;
  v_names record := shell.read_names(p_names);
  v_learned record;
  v_voided uuid[] := '{}';
  v_bare text[] := ARRAY(
    SELECT n.alias FROM unnest(v_names.aliases, v_names.identifiers) AS n(alias, identifier)
    WHERE n.identifier IS NULL AND n.alias <> 'platform');
  v_teaches boolean;
  v_warns boolean;
  v_found uuid[];
  v_chosen uuid;
  v_platform uuid;
  v_slugs json;
BEGIN
  SELECT c.counter, p.id, coalesce(p.naming_version, 0) INTO counter, v_provider, version
  FROM shell.changes c LEFT JOIN shell.identity_providers p ON p.slug = p_provider;

  SELECT coalesce(bool_or(s.others <> '{}' AND NOT s.is_void AND s.slug <> 'platform'), false), count(*) > 0
    INTO v_teaches, v_warns
  FROM shell.named_otherwise(v_provider, v_names.aliases, v_names.identifiers) s;
  IF v_teaches THEN
    v_learned := shell.learn_names(v_provider, v_names.aliases, v_names.identifiers);
    v_voided := v_learned.voided;
    IF v_learned.counter IS NOT NULL THEN
      counter := v_learned.counter;
      version := (SELECT p.naming_version FROM shell.identity_providers p WHERE p.id = v_provider);
      change := shell.change_to_tell(counter, v_learned.changed);
    END IF;
  END IF;
  IF v_warns THEN
    SELECT json_agg(json_build_object(
        'warning', CASE WHEN s.slug = 'platform' THEN 'platform_by_alias'
          WHEN s.id = ANY (v_voided) THEN 'alias_contradicted' ELSE 'alias_is_void' END,
        'organization', s.slug, 'external_id', s.external_id, 'seen', s.others[1]))::text INTO warnings
    FROM shell.named_otherwise(v_provider, v_names.aliases, v_names.identifiers) s;
  END IF;

  SELECT array_agg(o.id), (array_agg(o.id) FILTER (WHERE o.slug = p_chosen))[1],
      (array_agg(o.id) FILTER (WHERE o.slug = 'platform'))[1], json_agg(o.slug ORDER BY o.slug)
    INTO v_found, v_chosen, v_platform, v_slugs
  FROM shell.organizations o
  WHERE o.identity_provider_id = v_provider AND (o.external_id = ANY (v_names.identifiers)
    OR (o.slug = ANY (v_bare) AND o.alias_voided_at IS NULL));
  acts_for := false;
  IF v_found IS NULL THEN
    refusal := 'no_organization';
  ELSIF v_chosen IS NOT NULL THEN
    organization_id := v_chosen;
  ELSIF p_chosen IS NOT NULL THEN
    organization_id := v_platform;
    acts_for := v_platform IS NOT NULL;
    refusal := CASE WHEN v_platform IS NULL THEN 'not_platform' END;
  ELSIF cardinality(v_found) > 1 THEN
    refusal := 'several_organizations';
    choices := v_slugs::text;
  ELSE
    organization_id := v_found[1];
  END IF;
  v_setting := set_config('shell.platform', v_before, true);
END
$$;
