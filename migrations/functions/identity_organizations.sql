-- Events of an identity provider about its organizations: their names, and whether they are enabled there. One that
-- is disabled or deleted there keeps its status here; its memberships have no effect.

-- Suspends the memberships of the organization that has this identifier at the provider, or ends the suspension,
-- as its state there demands; voids its alias if it was deleted there. p_cut_off_at is when it was disabled or
-- deleted, if the current event reports that; events may arrive in any order.
CREATE OR REPLACE FUNCTION shell.settle_resting(
  p_external_id text, p_cut_off_at timestamptz, INOUT work jsonb
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_old shell.organizations;
  v_there shell.provider_organizations;
  v_rests boolean;
  v_voids_alias boolean;
  v_counter bigint;
BEGIN
  SELECT * INTO v_old FROM shell.organizations o
  WHERE o.identity_provider_id = v_provider AND o.external_id = p_external_id;
  SELECT * INTO v_there FROM shell.provider_organizations p
  WHERE p.identity_provider_id = v_provider AND p.external_id = p_external_id;
  v_rests := v_there.is_deleted OR NOT v_there.is_enabled;
  v_voids_alias := v_there.is_deleted AND v_old.alias_voided_at IS NULL;
  IF v_old.id IS NULL OR (v_rests = (v_old.members_rest_at IS NOT NULL) AND NOT v_voids_alias
    AND coalesce(p_cut_off_at <= v_old.cut_off_at, p_cut_off_at IS NULL)) THEN
    RETURN;
  END IF;
  IF v_rests AND v_old.members_rest_at IS NULL THEN
    work := shell.work_losing(work, v_old.id);
  END IF;
  work := shell.work_counted(work);
  v_counter := work ->> 'counter';
  UPDATE shell.organizations o
  SET members_rest_at = CASE WHEN v_rests THEN coalesce(o.members_rest_at, (work ->> 'at')::timestamptz) END,
    cut_off_at = greatest(o.cut_off_at, p_cut_off_at)
  WHERE o.id = v_old.id;
  PERFORM shell.void_policies(v_old.id, v_counter);
  work := shell.work_with(work, 'voided', to_jsonb(v_old.id));
  work := shell.work_with(work, 'cutoffs', jsonb_build_object('organization', v_old.id, 'subject', NULL));
  IF v_rests <> (v_old.members_rest_at IS NOT NULL) THEN
    PERFORM shell.add_told_event(work, v_old.id,
      CASE WHEN v_rests THEN 'organization.members_rested' ELSE 'organization.members_returned' END,
      'organization', v_old.slug, v_old.name, json_build_object('is_deleted', v_there.is_deleted));
  END IF;
  -- The next organization with this alias is another one.
  IF v_voids_alias THEN
    UPDATE shell.organizations o SET alias_voided_at = now(), version = v_counter, updated_at = now()
    WHERE o.id = v_old.id;
    PERFORM shell.void_names(ARRAY[v_provider], v_counter);
    work := shell.work_with(work, 'renamed', to_jsonb(v_old.id));
    PERFORM shell.add_told_event(work, v_old.id, 'organization.alias_voided', 'organization', v_old.slug, v_old.name,
      json_build_object('external_id', p_external_id, 'seen', NULL));
  END IF;
END
$$;

-- Learns from an alias beside an identifier, as from one in a token.
CREATE OR REPLACE FUNCTION shell.learn_alias(p_external_id text, p_alias text, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_learned record;
  v_voided record;
BEGIN
  IF NOT EXISTS (
    SELECT FROM shell.named_otherwise(v_provider, ARRAY[p_alias], ARRAY[p_external_id]) s
    WHERE s.others <> '{}' AND NOT s.is_void AND s.slug <> 'platform') THEN
    RETURN;
  END IF;
  v_learned := shell.learn_names(v_provider, ARRAY[p_alias], ARRAY[p_external_id]);
  IF v_learned.counter IS NULL THEN
    RETURN;
  END IF;
  work := work || jsonb_build_object('counter', v_learned.counter);
  work := shell.work_with(work, 'voided', to_jsonb(v_learned.changed));
  work := shell.work_with(work, 'renamed', to_jsonb(v_learned.changed));
  work := shell.work_with(work, 'cutoffs', (
    SELECT jsonb_agg(jsonb_build_object('organization', c.id, 'subject', NULL)) FROM unnest(v_learned.changed) c(id)));
  FOR v_voided IN SELECT o.slug, o.external_id FROM shell.organizations o WHERE o.id = ANY (v_learned.voided)
  LOOP
    work := shell.work_with(work, 'warnings', jsonb_build_object('warning', 'alias_contradicted',
      'organization', v_voided.slug, 'external_id', v_voided.external_id, 'seen', p_external_id));
  END LOOP;
END
$$;

-- Applies a fact about an organization, or its deletion, which is final.
CREATE OR REPLACE FUNCTION shell.tell_organization(p_fact jsonb, INOUT work jsonb)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  v_provider uuid := work ->> 'provider';
  v_stamp text := work ->> 'stamp';
  v_organization text := p_fact ->> 'organization';
  v_is_deleted boolean := p_fact ->> 'kind' = 'organization_deleted';
  v_is_enabled boolean := p_fact ->> 'enabled';
BEGIN
  INSERT INTO shell.provider_organizations (identity_provider_id, external_id, stamp)
  VALUES (v_provider, v_organization, shell.stamp_of(0, ''))
  ON CONFLICT ON CONSTRAINT provider_organizations_pkey DO NOTHING;
  IF v_is_deleted THEN
    UPDATE shell.provider_organizations p SET is_deleted = true
    WHERE p.identity_provider_id = v_provider AND p.external_id = v_organization;
  ELSIF v_is_enabled IS NOT NULL THEN
    UPDATE shell.provider_organizations p SET is_enabled = v_is_enabled, stamp = v_stamp
    WHERE p.identity_provider_id = v_provider AND p.external_id = v_organization AND p.stamp < v_stamp::shell.stamp;
  END IF;
  IF p_fact ->> 'alias' IS NOT NULL THEN
    work := shell.learn_alias(v_organization, p_fact ->> 'alias', work);
  END IF;
  work := shell.settle_resting(v_organization,
    CASE WHEN v_is_deleted OR NOT v_is_enabled THEN (work ->> 'at')::timestamptz END, work);
END
$$;
