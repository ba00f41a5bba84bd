-- Access: roles and what they permit, who holds them, and the resources that are known.

DO $type$
BEGIN
  CREATE TYPE shell.effect AS ENUM ('allow', 'deny');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

-- A global role is a row of platform that is marked so, and valid in every organization; no organization's
-- own role has its slug. `inherits` are slugs of roles of the same organization or of global ones.
CREATE TABLE IF NOT EXISTS shell.roles (
  organization_id uuid NOT NULL
    CONSTRAINT roles_organization_fkey REFERENCES shell.organizations (id),
  id uuid NOT NULL CONSTRAINT roles_id_key UNIQUE,
  slug shell.slug NOT NULL,
  name text NOT NULL CONSTRAINT roles_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '',
  is_global boolean NOT NULL DEFAULT false,
  inherits text[] COLLATE "C" NOT NULL DEFAULT '{}',
  groups text[] COLLATE "C" NOT NULL DEFAULT '{}',
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT roles_pkey PRIMARY KEY (organization_id, slug),
  -- For the lines below, which are global with their role.
  CONSTRAINT roles_global_key UNIQUE (organization_id, slug, is_global)
);
CREATE UNIQUE INDEX IF NOT EXISTS roles_global_slug_idx ON shell.roles (slug) WHERE is_global;

-- The policy's lines. Several may be about the same, each with another condition, say: a number tells them
-- apart. `*` is any id or action, and as the type any resource.
CREATE TABLE IF NOT EXISTS shell.permissions (
  organization_id uuid NOT NULL
    CONSTRAINT permissions_organization_fkey REFERENCES shell.organizations (id),
  role shell.slug NOT NULL,
  is_global boolean NOT NULL DEFAULT false,
  resource_type text COLLATE "C" NOT NULL
    CONSTRAINT permissions_resource_type_length CHECK (char_length(resource_type) BETWEEN 1 AND 100),
  resource_id text COLLATE "C" NOT NULL
    CONSTRAINT permissions_resource_id_length CHECK (char_length(resource_id) BETWEEN 1 AND 255),
  action text COLLATE "C" NOT NULL
    CONSTRAINT permissions_action_length CHECK (char_length(action) BETWEEN 1 AND 100),
  number integer NOT NULL DEFAULT 1 CONSTRAINT permissions_number_is_positive CHECK (number > 0),
  effect shell.effect NOT NULL,
  condition text
    CONSTRAINT permissions_condition_length CHECK (octet_length(condition) BETWEEN 1 AND 4096),
  CONSTRAINT permissions_pkey
    PRIMARY KEY (organization_id, role, resource_type, resource_id, action, number),
  CONSTRAINT permissions_role_fkey FOREIGN KEY (organization_id, role, is_global)
    REFERENCES shell.roles (organization_id, slug, is_global),
  CONSTRAINT permissions_any_type_has_any_id CHECK (resource_type <> '*' OR resource_id = '*')
);
CREATE INDEX IF NOT EXISTS permissions_global_idx ON shell.permissions (role) WHERE is_global;

-- `subject` is an external_id: whoever will be called so holds the role, known or not. The role is the
-- organization's own or a global one, so that whose it is stands beside it. An assignment that has ended
-- stays: readers compare, nothing sweeps.
CREATE TABLE IF NOT EXISTS shell.role_assignments (
  organization_id uuid NOT NULL
    CONSTRAINT role_assignments_organization_fkey REFERENCES shell.organizations (id),
  subject text COLLATE "C" NOT NULL
    CONSTRAINT role_assignments_subject_length CHECK (char_length(subject) BETWEEN 1 AND 255),
  role shell.slug NOT NULL,
  role_organization_id uuid NOT NULL,
  valid_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT role_assignments_pkey PRIMARY KEY (organization_id, subject, role),
  CONSTRAINT role_assignments_role_fkey FOREIGN KEY (role_organization_id, role)
    REFERENCES shell.roles (organization_id, slug)
);
CREATE INDEX IF NOT EXISTS role_assignments_role_idx
  ON shell.role_assignments (role_organization_id, role, organization_id, subject);

CREATE TABLE IF NOT EXISTS shell.resources (
  organization_id uuid NOT NULL
    CONSTRAINT resources_organization_fkey REFERENCES shell.organizations (id),
  type text COLLATE "C" NOT NULL
    CONSTRAINT resources_type_length CHECK (char_length(type) BETWEEN 1 AND 100),
  id text COLLATE "C" NOT NULL
    CONSTRAINT resources_id_length CHECK (char_length(id) BETWEEN 1 AND 255),
  properties jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT resources_properties_is_object CHECK (jsonb_typeof(properties) = 'object'),
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT resources_pkey PRIMARY KEY (organization_id, type, id)
);

-- Whether the running statement is the seeder's, which alone writes what is global, and compares the roles
-- of all organizations.
CREATE OR REPLACE FUNCTION shell.is_seeding() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('shell.seeding', true), '') = 'on';

-- What is global is read in every tenant, and in none where none was entered. Platform's own statements do
-- not write it either.
ALTER TABLE shell.roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.roles FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS roles_tenant ON shell.roles;
CREATE POLICY roles_tenant ON shell.roles
  USING (organization_id = shell.current_organization() AND NOT is_global);
DROP POLICY IF EXISTS roles_global ON shell.roles;
CREATE POLICY roles_global ON shell.roles FOR SELECT
  USING (is_global AND shell.current_organization() IS NOT NULL);
DROP POLICY IF EXISTS roles_seeding ON shell.roles;
CREATE POLICY roles_seeding ON shell.roles
  USING (shell.is_seeding());

ALTER TABLE shell.permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.permissions FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS permissions_tenant ON shell.permissions;
CREATE POLICY permissions_tenant ON shell.permissions
  USING (organization_id = (SELECT shell.current_organization()) AND NOT is_global);
DROP POLICY IF EXISTS permissions_global ON shell.permissions;
CREATE POLICY permissions_global ON shell.permissions FOR SELECT
  USING (is_global AND (SELECT shell.current_organization()) IS NOT NULL);
DROP POLICY IF EXISTS permissions_seeding ON shell.permissions;
CREATE POLICY permissions_seeding ON shell.permissions
  USING ((SELECT shell.is_seeding()));

ALTER TABLE shell.role_assignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.role_assignments FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS role_assignments_tenant ON shell.role_assignments;
CREATE POLICY role_assignments_tenant ON shell.role_assignments
  USING (organization_id = shell.current_organization());

ALTER TABLE shell.resources ENABLE ROW LEVEL SECURITY;
ALTER TABLE shell.resources FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS resources_tenant ON shell.resources;
CREATE POLICY resources_tenant ON shell.resources
  USING (organization_id = shell.current_organization());
