-- Organizations as a resource: read by platform and by their members, written by platform alone.

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
  'identity_provider', (
    SELECT p.slug FROM shell.identity_providers p WHERE p.id = (o).identity_provider_id),
  'updated_at', shell.rfc3339((o).updated_at)
));

-- The organizations that the caller may read, by slug: all of them for platform, else its own.
CREATE OR REPLACE FUNCTION shell.list_organizations(
  p_organization uuid, p_provider text, p_acting_for text, p_after text, p_limit integer,
  OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
BEGIN
  SELECT e.refusal INTO refusal
  FROM shell.enter_registry(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NULL THEN
    SELECT coalesce(json_agg(shell.organization_document(o) ORDER BY o.slug), '[]')::text INTO document
    FROM (
      SELECT * FROM shell.organizations o
      WHERE p_after IS NULL OR o.slug > p_after COLLATE "C" ORDER BY o.slug LIMIT p_limit
    ) o;
  END IF;
END
$$;

-- Exactly one of p_named_slug and p_named_id is set, or neither for a name that nothing can have.
-- `document` is null where there is no such organization, which only platform is told.
CREATE OR REPLACE FUNCTION shell.get_organization(
  p_organization uuid, p_provider text, p_acting_for text, p_named_slug text, p_named_id uuid,
  OUT refusal text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_is_platform boolean;
BEGIN
  SELECT e.refusal, e.is_platform INTO refusal, v_is_platform
  FROM shell.enter_registry(p_organization, p_provider, p_acting_for) e;
  IF refusal IS NULL THEN
    SELECT shell.organization_document(o)::text INTO document
    FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
    IF document IS NULL AND NOT v_is_platform THEN
      refusal := 'not_granted';
    END IF;
  END IF;
END
$$;

-- What of an organization's new content cannot be, as pointers into it and what is wrong there, or
-- null. p_old is the organization before, its id null where there was none.
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
    SELECT '/domains/' || (n.position - 1), 'domain_taken', n.position
    FROM jsonb_array_elements_text(p_content -> 'domains') WITH ORDINALITY n(domain, position)
    JOIN shell.organization_domains d ON d.domain = n.domain
    WHERE d.organization_id IS DISTINCT FROM (p_old).id
  ) f
);

-- p_content is flat: the columns of shell.organizations by name, and `domains` and
-- `identity_provider` (a slug). Otherwise as the changes of apps.
CREATE OR REPLACE FUNCTION shell.put_organization(
  p_organization uuid, p_provider text, p_acting_for text,
  p_named_slug text, p_named_id uuid, p_id uuid, p_content jsonb, p_if_match text[],
  OUT refusal text, OUT outcome text, OUT counter bigint, OUT affected text, OUT document text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_old shell.organizations;
  v_new shell.organizations := jsonb_populate_record(NULL::shell.organizations, p_content);
  v_domains text[] := ARRAY(
    SELECT e.domain FROM jsonb_array_elements_text(p_content -> 'domains') e(domain)
    ORDER BY e.domain COLLATE "C");
  v_counter bigint;
BEGIN
  refusal := shell.enter_platform(p_organization, p_provider, p_acting_for);
  IF refusal IS NOT NULL THEN
    RETURN;
  END IF;
  v_counter := shell.lock_changes();
  SELECT * INTO v_old FROM shell.organizations o WHERE o.slug = p_named_slug OR o.id = p_named_id;
  SELECT p.id INTO v_new.identity_provider_id FROM shell.identity_providers p
  WHERE p.slug = p_content ->> 'identity_provider';

  IF v_old.id IS NULL AND p_named_slug IS NULL THEN
    outcome := 'unknown_organization';
    RETURN;
  ELSIF NOT shell.if_match(p_if_match, v_old.version) THEN
    outcome := 'precondition_failed';
    RETURN;
  END IF;
  document := shell.organization_faults(v_old, p_content, v_new.identity_provider_id);
  IF document IS NOT NULL THEN
    outcome := 'invalid';
    RETURN;
  END IF;

  outcome := CASE WHEN v_old.id IS NULL THEN 'created' ELSE 'replaced' END;
  IF (v_old.name, v_old.plan, v_old.billing_email, v_old.billing_reference, v_old.status,
      v_old.identity_provider_id, shell.domains_of(v_old.id))
    IS DISTINCT FROM (v_new.name, v_new.plan, v_new.billing_email, v_new.billing_reference,
      v_new.status, v_new.identity_provider_id, v_domains)
  THEN
    v_counter := shell.next_change();
    INSERT INTO shell.organizations AS o (id, slug, name, plan, billing_email, billing_reference,
      status, identity_provider_id, version)
    VALUES (coalesce(v_old.id, p_id), coalesce(v_old.slug, p_named_slug), v_new.name, v_new.plan,
      v_new.billing_email, v_new.billing_reference, v_new.status, v_new.identity_provider_id,
      v_counter)
    ON CONFLICT ON CONSTRAINT organizations_pkey DO UPDATE
    SET name = excluded.name, plan = excluded.plan, billing_email = excluded.billing_email,
        billing_reference = excluded.billing_reference, status = excluded.status,
        identity_provider_id = excluded.identity_provider_id, version = excluded.version,
        updated_at = now()
    RETURNING * INTO v_old;
    DELETE FROM shell.organization_domains d
    WHERE d.organization_id = v_old.id AND d.domain <> ALL (v_domains);
    INSERT INTO shell.organization_domains (domain, organization_id)
    SELECT n.domain, v_old.id FROM unnest(v_domains) n(domain)
    WHERE n.domain <> ALL (shell.domains_of(v_old.id));
  END IF;
  counter := v_counter;
  affected := shell.affected(ARRAY[v_old.id]);
  document := shell.organization_document(v_old)::text;
END
$$;

REVOKE ALL ON FUNCTION shell.domains_of, shell.organization_document, shell.list_organizations,
  shell.get_organization, shell.organization_faults, shell.put_organization FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shell.domains_of, shell.organization_document, shell.list_organizations,
  shell.get_organization, shell.organization_faults, shell.put_organization TO shell_runtime;
