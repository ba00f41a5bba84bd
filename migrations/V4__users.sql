-- The identity cache: persons of an identity provider, and the organizations they belong to.

CREATE TABLE IF NOT EXISTS shell.users (
  id uuid CONSTRAINT users_pkey PRIMARY KEY,
  identity_provider_id uuid NOT NULL
    CONSTRAINT users_identity_provider_fkey REFERENCES shell.identity_providers (id),
  external_id text COLLATE "C" NOT NULL
    CONSTRAINT users_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 255),
  username text COLLATE "C" NOT NULL
    CONSTRAINT users_username_length CHECK (char_length(username) BETWEEN 1 AND 255),
  email text NOT NULL,
  display_name text NOT NULL
    CONSTRAINT users_display_name_length CHECK (char_length(display_name) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_person_key UNIQUE (identity_provider_id, external_id)
);
-- Who is called so, as role assignments and the seeder ask.
CREATE INDEX IF NOT EXISTS users_username_idx ON shell.users (identity_provider_id, username);

CREATE TABLE IF NOT EXISTS shell.memberships (
  organization_id uuid NOT NULL
    CONSTRAINT memberships_organization_fkey REFERENCES shell.organizations (id),
  user_id uuid NOT NULL CONSTRAINT memberships_user_fkey REFERENCES shell.users (id),
  attributes jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT memberships_attributes_is_object CHECK (jsonb_typeof(attributes) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT memberships_pkey PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX IF NOT EXISTS memberships_user_idx ON shell.memberships (user_id);

-- The identity provider whose persons the running statement writes, or null.
CREATE OR REPLACE FUNCTION shell.current_identity_provider() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('shell.identity_provider_id', true), '')::uuid;

ALTER TABLE shell.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.memberships FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS memberships_tenant ON shell.memberships;
CREATE POLICY memberships_tenant ON shell.memberships
  USING (organization_id = (SELECT shell.current_organization()));

-- A person has no tenant of its own: a tenant reads its members, and only who writes for the
-- person's identity provider may change one, since a change shows in other tenants.
ALTER TABLE shell.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.users FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS users_member ON shell.users;
CREATE POLICY users_member ON shell.users FOR SELECT
  USING (EXISTS (
    SELECT FROM shell.memberships m
    WHERE m.user_id = users.id AND m.organization_id = (SELECT shell.current_organization())
  ));
DROP POLICY IF EXISTS users_provider ON shell.users;
CREATE POLICY users_provider ON shell.users
  USING (identity_provider_id = (SELECT shell.current_identity_provider()));
