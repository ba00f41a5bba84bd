-- What an append asks of PostgreSQL beside its row, for less: an organization's row says by itself who its
-- identity provider is, and a right to the whole table is one look where a right to each of 18 columns is 18.

-- The provider's slug, which is what a token names.
ALTER TABLE shell.organizations ADD COLUMN IF NOT EXISTS identity_provider shell.slug;

-- By trigger, since versions that still run write the id alone.
CREATE OR REPLACE FUNCTION shell.copy_identity_provider() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
  SELECT p.slug INTO NEW.identity_provider
  FROM shell.identity_providers p WHERE p.id = NEW.identity_provider_id;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION shell.copy_identity_provider FROM PUBLIC;
CREATE OR REPLACE TRIGGER organizations_identity_provider
  BEFORE INSERT OR UPDATE ON shell.organizations
  FOR EACH ROW EXECUTE FUNCTION shell.copy_identity_provider();

DO $$
BEGIN
  PERFORM set_config('shell.platform', 'on', true);
  -- The trigger fills it in.
  UPDATE shell.organizations SET identity_provider_id = identity_provider_id WHERE identity_provider IS NULL;
  PERFORM set_config('shell.platform', '', true);
END
$$;
ALTER TABLE shell.organizations ALTER COLUMN identity_provider SET NOT NULL;
-- A provider that gets another slug takes its organizations along.
ALTER TABLE shell.organizations DROP CONSTRAINT IF EXISTS organizations_identity_provider_slug_fkey;
ALTER TABLE shell.organizations ADD CONSTRAINT organizations_identity_provider_slug_fkey
  FOREIGN KEY (identity_provider) REFERENCES shell.identity_providers (slug) ON UPDATE CASCADE;

-- transaction_id is nobody's to choose, as before: no longer by what is granted, but by the policy, which
-- holds for the owner, too.
ALTER POLICY audit_log_tenant ON shell.audit_log
  WITH CHECK (organization_id = shell.current_organization() AND transaction_id = pg_current_xact_id());
REVOKE INSERT ON shell.audit_log FROM shell_runtime;
GRANT INSERT ON shell.audit_log TO shell_runtime;

-- As V6 has it, but for the provider.
CREATE OR REPLACE FUNCTION shell.enter_organization(
  p_organization uuid, p_provider text, p_acting_for text,
  OUT organization_id uuid, OUT refusal text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_slug text;
  v_provider text;
  v_status shell.organization_status;
BEGIN
  PERFORM set_config('shell.organization_id', p_organization::text, true);
  SELECT o.slug, o.identity_provider, o.status INTO v_slug, v_provider, v_status
  FROM shell.organizations o WHERE o.id = p_organization;

  IF v_slug IS NULL THEN
    refusal := 'unknown_organization';
  ELSIF v_provider <> p_provider THEN
    refusal := 'foreign_provider';
  ELSIF v_status = 'suspended' THEN
    refusal := 'suspended_organization';
  ELSIF p_acting_for IS NULL OR p_acting_for = v_slug THEN
    organization_id := p_organization;
    RETURN;
  ELSIF v_slug <> 'platform' THEN
    refusal := 'not_platform';
  ELSE
    PERFORM set_config('shell.platform', 'on', true);
    SELECT o.id INTO organization_id FROM shell.organizations o WHERE o.slug = p_acting_for;
    PERFORM set_config('shell.platform', '', true);
    IF organization_id IS NULL THEN
      refusal := 'unknown_acting_for';
    END IF;
  END IF;
  PERFORM set_config('shell.organization_id', coalesce(organization_id::text, ''), true);
END
$$;

-- As V17 has it, but for the provider.
CREATE OR REPLACE FUNCTION shell.record_audit_event(
  p_organization uuid, p_provider text, p_acting_for text, p_subject text, p_names_another boolean,
  p_random text, p_target_ids text[], p_event text[]
) RETURNS text[]
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_setting text := set_config('shell.organization_id', p_organization::text, true);
  v_organization uuid := p_organization;
  v_is_in boolean := false;
  v_slug text;
  v_refused boolean;
  v_refusal text;
  v_now timestamptz := clock_timestamp();
  v_microseconds bigint := shell.unix_microseconds(v_now);
BEGIN
  IF p_acting_for IS NOT NULL OR p_names_another THEN
    SELECT o.slug, o.identity_provider <> p_provider OR o.status = 'suspended' INTO v_slug, v_refused
    FROM shell.organizations o WHERE o.id = p_organization;
    IF v_slug IS NULL OR v_refused OR (p_names_another AND v_slug <> 'platform') THEN
      v_organization := NULL;
    ELSIF p_acting_for <> v_slug THEN
      v_organization := NULL;
      IF v_slug = 'platform' THEN
        v_setting := set_config('shell.platform', 'on', true);
        SELECT o.id INTO v_organization FROM shell.organizations o WHERE o.slug = p_acting_for;
        v_setting := set_config('shell.platform', '', true);
        v_setting := set_config('shell.organization_id', v_organization::text, true);
      END IF;
    END IF;
    v_is_in := v_organization IS NOT NULL;
  END IF;

  LOOP
    INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
      actor_id, actor_name, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata,
      recorder_organization_id, recorder)
    SELECT o.id, shell.audit_id(v_microseconds, p_random), v_now, coalesce(p_event[1]::timestamptz, v_now),
      p_event[2], p_event[3], p_event[4], p_event[5], p_event[6]::json, p_target_ids,
      p_event[7]::shell.audit_outcome, p_event[8]::inet, p_event[9], p_event[10], p_event[11],
      p_event[12]::json, p_organization, p_subject
    FROM shell.organizations o
    WHERE o.id = v_organization AND (v_is_in OR (o.identity_provider = p_provider AND o.status = 'active'));
    IF FOUND THEN
      RETURN ARRAY[v_organization::text, NULL, v_microseconds::text];
    END IF;

    -- Who is not let in is told why.
    SELECT e.organization_id, e.refusal INTO v_organization, v_refusal
    FROM shell.enter_organization(p_organization, p_provider, p_acting_for) e;
    IF v_refusal IS NULL AND p_names_another THEN
      v_refusal := shell.platforms_alone(p_organization, v_organization);
    END IF;
    IF v_refusal IS NOT NULL THEN
      RETURN ARRAY[v_organization::text, v_refusal, NULL];
    END IF;
    -- It is, since a moment ago.
    v_is_in := true;
  END LOOP;
END
$$;
