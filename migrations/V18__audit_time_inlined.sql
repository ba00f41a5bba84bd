-- PostgreSQL writes the body of a function of one expression into its caller, but not where the body is
-- less constant than the function says it is: extract() of a timestamptz is STABLE. As IMMUTABLE, this one
-- was parsed and planned again in each append.
CREATE OR REPLACE FUNCTION shell.unix_microseconds(p_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (extract(epoch FROM p_at) * 1000000)::bigint;
