-- Sweeps: what a provider has, read whole by a job, and compared with what is known of it here.

-- `admin_url`: where the provider's Admin API is, without `/admin`; null: where its issuer is.
ALTER TABLE shell.identity_providers
  ADD COLUMN IF NOT EXISTS admin_url text;

-- The sweeps of each provider: how many were begun, and the one that runs. `renewed_at` is when it last did something;
-- one that has done nothing for long has died. What a sweep tells has its number in the stamp.
CREATE TABLE IF NOT EXISTS shell.sweeps (
  identity_provider_id uuid NOT NULL
    CONSTRAINT sweeps_identity_provider_fkey REFERENCES shell.identity_providers (id),
  number bigint NOT NULL DEFAULT 0,
  id uuid,
  begun_at timestamptz,
  renewed_at timestamptz,
  CONSTRAINT sweeps_pkey PRIMARY KEY (identity_provider_id)
);

-- Whom and what the running sweep has seen at the provider: `user`, `group` and `organization`. Lost with a crash of
-- PostgreSQL, after which each is asked for by its identifier.
CREATE UNLOGGED TABLE IF NOT EXISTS shell.swept (
  identity_provider_id uuid NOT NULL,
  kind text COLLATE "C" NOT NULL CONSTRAINT swept_kind CHECK (kind IN ('user', 'group', 'organization')),
  external_id text COLLATE "C" NOT NULL,
  CONSTRAINT swept_pkey PRIMARY KEY (identity_provider_id, kind, external_id)
);

ALTER TABLE shell.swept ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS swept_provider ON shell.swept;
CREATE POLICY swept_provider ON shell.swept
  USING (identity_provider_id = (SELECT shell.current_identity_provider()));
