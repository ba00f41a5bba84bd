-- What jobs of every kind call.

-- The entrance of jobs: policies let the rest of the transaction see every organization, and, where one is
-- named, that tenant's rows and the persons of its identity provider.
CREATE OR REPLACE FUNCTION shell.enter_job(
  p_organization uuid DEFAULT NULL, p_identity_provider uuid DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM set_config('shell.platform', 'on', true);
  PERFORM set_config('shell.organization_id', coalesce(p_organization::text, ''), true);
  PERFORM set_config('shell.identity_provider_id', coalesce(p_identity_provider::text, ''), true);
END
$$;
