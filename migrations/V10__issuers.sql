-- What a token's issuer is: its description where it is no variable, its keys, and how its tokens call organizations.

-- `default` is described by the application's variables and has slot 1. The secrets and hosts of up to three others
-- are variables too, which bear the number of their slot.
ALTER TABLE shell.identity_providers
  ADD COLUMN IF NOT EXISTS issuer text COLLATE "C",
  ADD COLUMN IF NOT EXISTS audience text COLLATE "C",
  ADD COLUMN IF NOT EXISTS jwks_url text COLLATE "C",
  ADD COLUMN IF NOT EXISTS slot smallint,
  -- The number of the last change of what names an organization in its tokens; a name that Redis keeps as
  -- resolved counts as long as this does.
  ADD COLUMN IF NOT EXISTS naming_version bigint NOT NULL DEFAULT 0;
UPDATE shell.identity_providers SET slot = 1 WHERE slug = 'default' AND slot IS NULL;

DO $constraints$
BEGIN
  ALTER TABLE shell.identity_providers
    ADD CONSTRAINT identity_providers_issuer_key UNIQUE (issuer),
    ADD CONSTRAINT identity_providers_slot_key UNIQUE (slot),
    ADD CONSTRAINT identity_providers_slot_range CHECK (slot BETWEEN 1 AND 4);
EXCEPTION WHEN duplicate_object OR duplicate_table THEN NULL;
END
$constraints$;

-- The last good JWK set of each provider (RFC 7517). It counts only as long as the provider has its keys from
-- the same place: `source` is the issuer, or the address of the keys where that is configured. Without a set
-- yet, `key_set` and `fetched_at` are null. `fetched_at` is when the fetch began, `asked_at` when the last
-- refresh was granted.
CREATE TABLE IF NOT EXISTS shell.key_sets (
  identity_provider_id uuid CONSTRAINT key_sets_pkey PRIMARY KEY
    CONSTRAINT key_sets_identity_provider_fkey REFERENCES shell.identity_providers (id),
  source text COLLATE "C" NOT NULL,
  key_set text COLLATE "C" CONSTRAINT key_sets_length CHECK (octet_length(key_set) <= 65536),
  fetched_at timestamptz,
  asked_at timestamptz,
  CONSTRAINT key_sets_whole CHECK ((key_set IS NULL) = (fetched_at IS NULL))
);

-- What its provider calls an organization: an identifier that is never used twice, unlike the alias, which may
-- be freed and taken by somebody else. An alias that was seen with another identifier finds nothing from then
-- on, until an administrator sets `external_id`.
ALTER TABLE shell.organizations
  ADD COLUMN IF NOT EXISTS external_id text COLLATE "C",
  ADD COLUMN IF NOT EXISTS alias_voided_at timestamptz;

-- Not a constraint: as a key that others could refer to, it would be locked by whoever adds a member, and a token
-- that tells an identifier would wait for a whole seeding.
CREATE UNIQUE INDEX IF NOT EXISTS organizations_external_id_key
  ON shell.organizations (identity_provider_id, external_id) WHERE external_id IS NOT NULL;

DO $constraints$
BEGIN
  ALTER TABLE shell.organizations
    ADD CONSTRAINT organizations_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 255);
EXCEPTION WHEN duplicate_object THEN NULL;
END
$constraints$;
