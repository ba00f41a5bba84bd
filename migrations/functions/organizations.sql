-- Organizations as a resource: read by platform and by their members, written by platform only.

CREATE OR REPLACE FUNCTION shell.domains_of(p_organization uuid) RETURNS text[]
LANGUAGE sql STABLE
RETURN ARRAY(
  SELECT d.domain FROM shell.organization_domains d WHERE d.organization_id = p_organization
  ORDER BY d.domain);

CREATE OR REPLACE FUNCTION shell.organization_document(o shell.organizations) RETURNS json
LANGUAGE sql STABLE
RETURN json_build_object('version', (o).version, 'value', json_build_object(
  'id', (o).id,
  'slug', (o).slug,
  'name', (o).name,
  'plan', (o).plan,
  'billing', json_build_object('email', (o).billing_email, 'reference', (o).billing_reference),
  'domains', shell.domains_of((o).id),
  'status', (o).status,
  'identity_provider', (o).identity_provider,
  'external_id', (o).external_id,
  'updated_at', shell.rfc3339((o).updated_at)
));

-- The organizations that the caller may read, by slug: all of them for platform, otherwise its own.
CREATE OR REPLACE FUNCTION shell.list_organizations(
  p_caller jsonb, p_after text, p_limit integer, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NULL THEN
    SELECT coalesce(json_agg(shell.organization_document(o) ORDER BY o.slug), '[]')::text INTO document
    FROM (
      SELECT * FROM shell.organizations o
      WHERE p_after IS NULL OR o.slug > p_after COLLATE "C" ORDER BY o.slug LIMIT p_limit
    ) o;
  END IF;
END
$$;

-- Exactly one of p_named_slug and p_named_id is set, or neither for a name that no organization can have.
-- `document` is null if there is no such organization; only platform learns this, other callers are refused.
CREATE OR REPLACE FUNCTION shell.get_organization(
  p_caller jsonb, p_named_slug text, p_named_id uuid, OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NULL THEN
    SELECT shell.organization_document(o)::text INTO document
    FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
    IF document IS NULL AND NOT shell.is_platform() THEN
      refusal := 'not_granted';
    END IF;
  END IF;
END
$$;

-- The slug of an organization that is given by its id, as rights name it; null if the caller, platform or a member,
-- cannot see such an organization.
CREATE OR REPLACE FUNCTION shell.find_organization_slug(
  p_caller jsonb, p_id uuid, OUT refusal text, OUT slug text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NULL THEN
    SELECT o.slug INTO slug FROM shell.organizations o WHERE o.id = p_id;
  END IF;
END
$$;

-- Whether an organization has members or role assignments, which are of persons of its identity provider. Their rows
-- are visible only while this function runs.
CREATE OR REPLACE FUNCTION shell.has_persons(p_organization uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before text := coalesce(current_setting('shell.organization_id', true), '');
  v_setting text := set_config('shell.organization_id', p_organization::text, true);
  v_has boolean;
BEGIN
  v_has := EXISTS (SELECT FROM shell.memberships m WHERE m.organization_id = p_organization)
    OR EXISTS (SELECT FROM shell.role_assignments a WHERE a.organization_id = p_organization);
  v_setting := set_config('shell.organization_id', v_before, true);
  RETURN v_has;
END
$$;

-- The errors in an organization's new content, as pointers into it and what is wrong there, or
-- null. p_old is the organization before; its id is null if there was none.
CREATE OR REPLACE FUNCTION shell.organization_faults(
  p_old shell.organizations, p_content jsonb, p_provider_id uuid
) RETURNS text
LANGUAGE sql STABLE
RETURN (
  SELECT json_agg(json_build_object('pointer', f.pointer, 'fault', f.fault) ORDER BY f.position)::text
  FROM (
    SELECT '/status' AS pointer, 'platform_suspended' AS fault, 0 AS position
    WHERE (p_old).slug = 'platform' AND p_content ->> 'status' = 'suspended'
    UNION ALL
    SELECT '/identity_provider', 'unknown_identity_provider', 0 WHERE p_provider_id IS NULL
    UNION ALL
    SELECT '/identity_provider', 'platform_handed_over', 0
    WHERE (p_old).slug = 'platform' AND p_provider_id <> (p_old).identity_provider_id
    UNION ALL
    SELECT '/external_id', 'external_id_taken', 0
    WHERE EXISTS (
      SELECT FROM shell.organizations o
      WHERE o.identity_provider_id = p_provider_id AND o.external_id = p_content ->> 'external_id'
        AND o.id IS DISTINCT FROM (p_old).id)
    UNION ALL
    SELECT '/domains/' || (n.position - 1), 'domain_taken', n.position
    FROM jsonb_array_elements_text(p_content -> 'domains') WITH ORDINALITY n(domain, position)
    JOIN shell.organization_domains d ON d.domain = n.domain
    WHERE d.organization_id IS DISTINCT FROM (p_old).id
  ) f
);

-- What an organization would be with this content, which is flat: it has the columns of shell.organizations by
-- name, and a column that it lacks stays as it is. The id of its provider is null if there is no such provider.
-- The provider's external_id is dropped with the provider, and an alias is void only until another identifier is set.
CREATE OR REPLACE FUNCTION shell.organization_with(
  p_old shell.organizations, p_content jsonb
) RETURNS shell.organizations
LANGUAGE plpgsql STABLE SECURITY INVOKER AS $$
DECLARE
  v_new shell.organizations := jsonb_populate_record(p_old, p_content);
BEGIN
  v_new.identity_provider := coalesce(v_new.identity_provider, 'default');
  v_new.identity_provider_id := (
    SELECT p.id FROM shell.identity_providers p WHERE p.slug = v_new.identity_provider);
  IF v_new.identity_provider_id = p_old.identity_provider_id THEN
    v_new.external_id := coalesce(v_new.external_id, p_old.external_id);
  ELSE
    v_new.external_id := p_content ->> 'external_id';
  END IF;
  IF (v_new.identity_provider_id, v_new.external_id)
    IS DISTINCT FROM (p_old.identity_provider_id, p_old.external_id) THEN
    v_new.alias_voided_at := NULL;
  END IF;
  RETURN v_new;
END
$$;

-- The domains in a content, sorted.
CREATE OR REPLACE FUNCTION shell.domains_in(p_content jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY(
  SELECT e.domain COLLATE "C" FROM jsonb_array_elements_text(p_content -> 'domains') e(domain) ORDER BY 1);

-- Revokes the tokens of an organization's members when it is suspended: they stay revoked when it is active again.
-- Redis does not have to be updated: because of the tombstones that a suspension leaves, PostgreSQL is asked about
-- each token until no older receipt is left.
CREATE OR REPLACE FUNCTION shell.revoke_suspended(p_organization shell.organizations) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_before text := coalesce(current_setting('shell.identity_provider_id', true), '');
  v_setting text := set_config('shell.identity_provider_id', p_organization.identity_provider_id::text, true);
  v_revocation shell.revocations;
BEGIN
  v_revocation.identity_provider_id := p_organization.identity_provider_id;
  v_revocation.kind := 'organization';
  v_revocation.value := p_organization.id::text;
  v_revocation.cut_off_at := clock_timestamp() + interval '30 seconds';
  v_revocation.source := 'suspension';
  PERFORM shell.revoke(v_revocation);
  v_setting := set_config('shell.identity_provider_id', v_before, true);
END
$$;

-- Adds an organization with its domains, or replaces the content of the one with its id. If it is found by other
-- names than before, the resolved names that Redis caches are invalidated.
CREATE OR REPLACE FUNCTION shell.write_organization(
  p_organization shell.organizations, p_domains text[]
) RETURNS shell.organizations
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_old shell.organizations;
BEGIN
  SELECT * INTO v_old FROM shell.organizations o WHERE o.id = p_organization.id;
  IF (v_old.identity_provider_id, v_old.external_id, v_old.alias_voided_at) IS DISTINCT FROM
    (p_organization.identity_provider_id, p_organization.external_id, p_organization.alias_voided_at) THEN
    PERFORM shell.void_names(
      ARRAY[v_old.identity_provider_id, p_organization.identity_provider_id], p_organization.version);
  END IF;
  p_organization.status := coalesce(p_organization.status, 'active');
  p_organization.created_at := coalesce(p_organization.created_at, now());
  p_organization.updated_at := now();
  INSERT INTO shell.organizations AS o SELECT (p_organization).*
  ON CONFLICT ON CONSTRAINT organizations_pkey DO UPDATE
  SET name = excluded.name, plan = excluded.plan, billing_email = excluded.billing_email,
      billing_reference = excluded.billing_reference, status = excluded.status,
      identity_provider_id = excluded.identity_provider_id, external_id = excluded.external_id,
      alias_voided_at = excluded.alias_voided_at, version = excluded.version,
      updated_at = excluded.updated_at
  RETURNING * INTO p_organization;
  IF v_old.status = 'active' AND p_organization.status = 'suspended' THEN
    PERFORM shell.revoke_suspended(v_old);
  END IF;
  DELETE FROM shell.organization_domains d
  WHERE d.organization_id = p_organization.id AND d.domain <> ALL (p_domains);
  INSERT INTO shell.organization_domains (domain, organization_id)
  SELECT n.domain, p_organization.id FROM unnest(p_domains) n(domain)
  WHERE n.domain <> ALL (shell.domains_of(p_organization.id));
  -- Applies what its provider has reported about its members, under the identifier that it has there now.
  IF (v_old.identity_provider_id, v_old.external_id) IS DISTINCT FROM
    (p_organization.identity_provider_id, p_organization.external_id) AND
    coalesce(v_old.external_id, p_organization.external_id) IS NOT NULL THEN
    PERFORM shell.settle_organization(p_organization.id, p_organization.version);
  END IF;
  RETURN p_organization;
END
$$;

-- The names of the fields that differ between two documents of an organization, the older one null if there was none.
-- The trail records which fields changed, but not their values, since nobody else may read the billing contact.
CREATE OR REPLACE FUNCTION shell.changed_fields(p_old json, p_new json) RETURNS json
LANGUAGE sql STABLE
RETURN (
  SELECT coalesce(json_agg(n.name ORDER BY n.name), '[]') FROM json_each(p_new) AS n(name, value)
  WHERE n.name NOT IN ('id', 'slug', 'updated_at')
    AND n.value::jsonb IS DISTINCT FROM (p_old -> n.name)::jsonb
);

CREATE OR REPLACE FUNCTION shell.put_organization(
  p_caller jsonb, p_named_slug text, p_named_id uuid, p_id uuid, p_content jsonb, p_conditions text[],
  OUT refusal text, OUT outcome text, OUT document text, OUT change text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_old shell.organizations;
  v_old_document json;
  v_new shell.organizations;
  v_new_document json;
  v_domains text[] := shell.domains_in(p_content);
  v_differs boolean;
  v_counter bigint;
BEGIN
  refusal := shell.enter(p_caller, p_platform_wide => true);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_old FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
  v_new := shell.organization_with(v_old, p_content);
  -- A caller that sets the identifier vouches for the alias, too.
  IF p_content ? 'external_id' THEN
    v_new.alias_voided_at := NULL;
  END IF;
  v_differs := v_new IS DISTINCT FROM v_old OR v_domains IS DISTINCT FROM shell.domains_of(v_old.id);

  IF v_old.id IS NULL AND p_named_slug IS NULL THEN
    outcome := 'unknown_organization';
    RETURN;
  ELSIF NOT shell.conditions_hold(p_conditions, v_old.version, NOT v_differs) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;
  document := shell.organization_faults(v_old, p_content, v_new.identity_provider_id);
  IF document IS NOT NULL THEN
    outcome := 'invalid';
    RETURN;
  END IF;
  IF v_new.identity_provider_id <> v_old.identity_provider_id THEN
    -- The lock makes members that `seed` is just adding either visible here, or added afterwards.
    PERFORM FROM shell.organizations o WHERE o.id = v_old.id FOR UPDATE;
    IF shell.has_persons(v_old.id) THEN
      outcome := 'provider_in_use';
      RETURN;
    END IF;
  END IF;

  outcome := CASE WHEN v_old.id IS NULL THEN 'created' ELSE 'replaced' END;
  IF v_differs THEN
    v_counter := shell.next_change();
    v_old_document := CASE WHEN v_old.id IS NOT NULL THEN shell.organization_document(v_old) -> 'value' END;
    v_new.id := coalesce(v_old.id, p_id);
    v_new.slug := coalesce(v_old.slug, p_named_slug);
    v_new.version := v_counter;
    v_new := shell.write_organization(v_new, v_domains);
    -- The status decides whether anybody holds roles there, and the provider which users are known.
    IF (v_new.status, v_new.identity_provider_id) IS DISTINCT FROM (v_old.status, v_old.identity_provider_id) THEN
      PERFORM shell.void_policies(v_new.id, v_counter);
    END IF;
    v_new_document := shell.organization_document(v_new) -> 'value';
    PERFORM shell.add_change_event(p_caller, (p_caller ->> 'organization')::uuid,
      CASE outcome WHEN 'created' THEN 'organization.created' ELSE 'organization.replaced' END,
      'organization', v_new.slug, v_new.name,
      json_build_object('changed', shell.changed_fields(v_old_document, v_new_document)));
  END IF;
  change := shell.change_to_tell(v_counter, ARRAY[v_new.id]);
  document := shell.organization_document(v_new)::text;
END
$$;
