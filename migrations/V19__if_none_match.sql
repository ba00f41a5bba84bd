-- `If-None-Match` beside `If-Match` (RFC 9110, sections 13.1.1 and 13.1.2). p_if_match is null where neither
-- was sent. It has the versions of `If-Match` (or `*`), or a minus alone where that was not sent; those of
-- `If-None-Match` have a minus before them. p_version is null where nothing stands.
CREATE OR REPLACE FUNCTION shell.if_match(p_if_match text[], p_version bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN p_if_match IS NULL OR (
  ('-' = ANY (p_if_match)
    OR (p_version IS NOT NULL AND ('*' = ANY (p_if_match) OR p_version::text = ANY (p_if_match))))
  AND (p_version IS NULL
    OR ('-*' <> ALL (p_if_match) AND '-' || p_version::text <> ALL (p_if_match))));
