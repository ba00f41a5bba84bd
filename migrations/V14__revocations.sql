-- Revocations: which tokens count no more, whoever said so.

-- Whose logout tokens a provider may send: the clients that it names as their audience. Whether an administrator's
-- reset of a password ends the user's sessions.
ALTER TABLE shell.identity_providers
  ADD COLUMN IF NOT EXISTS logout_audiences text[] COLLATE "C" NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS password_reset_ends_sessions boolean NOT NULL DEFAULT false;

-- What is revoked, of one provider's tokens and no other's. `kind` and `value` tell which: a `token` by the SHA-256 of
-- what is signed of it, a `token_id`, a `session`, a `subject`, the `sessionless` tokens of a subject, a `client`, an
-- `organization` by its id, or all of the provider (`provider`, an empty value). Where an administrator of an
-- organization said it, it counts in that organization alone.
--
-- Tokens that were issued in the second of `cut_off_at` or before it are refused; `infinity` refuses whatever was
-- issued when. `expires_at` is the end of the one token, and null where only the longest life of tokens ends it.
CREATE TABLE IF NOT EXISTS shell.revocations (
  id uuid CONSTRAINT revocations_pkey PRIMARY KEY,
  identity_provider_id uuid NOT NULL
    CONSTRAINT revocations_identity_provider_fkey REFERENCES shell.identity_providers (id),
  kind text COLLATE "C" NOT NULL CONSTRAINT revocations_kind CHECK (kind IN ('token', 'token_id', 'session',
    'subject', 'sessionless', 'client', 'organization', 'provider')),
  value text COLLATE "C" NOT NULL CONSTRAINT revocations_value_length CHECK (char_length(value) <= 255),
  organization_id uuid
    CONSTRAINT revocations_organization_fkey REFERENCES shell.organizations (id),
  cut_off_at timestamptz NOT NULL,
  expires_at timestamptz,
  source text COLLATE "C" NOT NULL,
  reason text CONSTRAINT revocations_reason_length CHECK (char_length(reason) <= 1000),
  revoked_at timestamptz NOT NULL,
  CONSTRAINT revocations_key UNIQUE NULLS NOT DISTINCT (identity_provider_id, kind, value, organization_id)
);
CREATE INDEX IF NOT EXISTS revocations_organization_idx ON shell.revocations (organization_id, id);

-- What a provider says is seen by who has entered the provider, and by platform; what an administrator says, within
-- the organization.
ALTER TABLE shell.revocations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS revocations_tenant ON shell.revocations;
CREATE POLICY revocations_tenant ON shell.revocations
  USING (organization_id = shell.current_organization());
DROP POLICY IF EXISTS revocations_provider ON shell.revocations;
CREATE POLICY revocations_provider ON shell.revocations
  USING (organization_id IS NULL AND identity_provider_id = (SELECT shell.current_identity_provider()));
DROP POLICY IF EXISTS revocations_platform ON shell.revocations;
CREATE POLICY revocations_platform ON shell.revocations FOR SELECT
  USING (organization_id IS NULL AND (SELECT shell.is_platform()));

-- What a provider's clients are called in tokens (`azp`), or were, by its own identifiers: what tells of a client that
-- was disabled or deleted may have that alone. `ended_at`: until when its tokens count no more.
CREATE TABLE IF NOT EXISTS shell.provider_clients (
  identity_provider_id uuid NOT NULL
    CONSTRAINT provider_clients_identity_provider_fkey REFERENCES shell.identity_providers (id),
  external_id text COLLATE "C" NOT NULL,
  client_id text COLLATE "C" NOT NULL,
  ended_at timestamptz,
  CONSTRAINT provider_clients_pkey PRIMARY KEY (identity_provider_id, external_id, client_id)
);
ALTER TABLE shell.provider_clients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS provider_clients_provider ON shell.provider_clients;
CREATE POLICY provider_clients_provider ON shell.provider_clients
  USING (identity_provider_id = (SELECT shell.current_identity_provider()));

-- Who tells by the Shared Signals Framework of a provider's users. Without an `issuer` it is the provider itself, whose
-- keys are its own. `alias` is the name under which the provider links the users of this issuer, where that is not the
-- provider's own.
CREATE TABLE IF NOT EXISTS shell.ssf_transmitters (
  id uuid CONSTRAINT ssf_transmitters_pkey PRIMARY KEY,
  slug shell.slug NOT NULL CONSTRAINT ssf_transmitters_slug_key UNIQUE,
  identity_provider_id uuid NOT NULL
    CONSTRAINT ssf_transmitters_identity_provider_fkey REFERENCES shell.identity_providers (id),
  issuer text COLLATE "C",
  audience text COLLATE "C" NOT NULL,
  slot smallint CONSTRAINT ssf_transmitters_slot_key UNIQUE
    CONSTRAINT ssf_transmitters_slot_range CHECK (slot BETWEEN 1 AND 4),
  alias text COLLATE "C",
  -- Its last good JWK set, as `key_sets` has an identity provider's.
  source text COLLATE "C",
  key_set text COLLATE "C" CONSTRAINT ssf_transmitters_key_set_length CHECK (octet_length(key_set) <= 65536),
  fetched_at timestamptz,
  asked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ssf_transmitters_whole CHECK ((key_set IS NULL) = (fetched_at IS NULL))
);

-- Whom an event is about that names an identity at another provider.
CREATE INDEX IF NOT EXISTS linked_identities_external_id_idx
  ON shell.linked_identities (identity_provider_id, alias, external_id);
