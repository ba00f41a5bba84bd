-- The functions that all jobs call.

-- The entrance of jobs: policies let the rest of the transaction see every organization and, if they are given,
-- the rows of a tenant and the persons of an identity provider.
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

-- The lines that one of the schema's functions returns, or the error that PostgreSQL raised in it, with all of it
-- undone. The error is returned, not raised: if one occurs while the rows of a query are read, hosts reduce it to
-- one text, in which the message and the hint are mixed with much else. p_call refers to the array of arguments
-- as $1.
CREATE OR REPLACE FUNCTION shell.lines_or_refusal(
  p_call text, p_arguments text[],
  OUT lines text[], OUT code text, OUT message text, OUT detail text, OUT hint text
)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('SELECT coalesce(array_agg(line), ''{}'') FROM shell.%s AS line', p_call)
    INTO lines USING p_arguments;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT;
END
$$;
