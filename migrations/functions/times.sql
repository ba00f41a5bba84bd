-- Times in the contracts' format, and in the form that the HTTP functions read.

-- RFC 3339 in UTC with six fraction digits: the one form of every timestamp in the contracts.
CREATE OR REPLACE FUNCTION shell.rfc3339(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- PostgreSQL inlines a function of one expression into its caller, but not if the expression is more volatile
-- than the function's declaration: extract() of a timestamptz is STABLE, so this is not IMMUTABLE.
CREATE OR REPLACE FUNCTION shell.unix_microseconds(p_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (extract(epoch FROM p_at) * 1000000)::bigint;
