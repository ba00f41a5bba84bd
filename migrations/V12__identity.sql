-- What identity providers tell of their users, groups and organizations, and the inbox of what they say.
--
-- Events come late and out of order, so each field that one tells has a stamp beside it: the event's time and
-- identifier. A later stamp wins, whenever it arrives; the same events give the same state in any order.

-- The time of an event at its provider, as 15 digits of milliseconds since the epoch, a space, and its identifier.
DO $type$
BEGIN
  CREATE DOMAIN shell.stamp AS text COLLATE "C" CONSTRAINT stamp_form CHECK (VALUE ~ '^[0-9]{15} ');
EXCEPTION WHEN duplicate_object THEN NULL;
END
$type$;

-- `realm`: what the provider's events name as theirs; null: the end of its issuer. `attributes`: which of a user's
-- attributes are kept, and are properties of the subject in decisions.
ALTER TABLE shell.identity_providers
  ADD COLUMN IF NOT EXISTS realm text COLLATE "C",
  ADD COLUMN IF NOT EXISTS attributes text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- `told` has the stamp of each field that the provider told. `organization_attribute` is the user's attribute
-- `organization_id`, as it is there. A user that its provider deleted, or that was erased here, stays as a row
-- without anything personal, so that no late event brings it back.
ALTER TABLE shell.users
  ADD COLUMN IF NOT EXISTS first_name text,
  ADD COLUMN IF NOT EXISTS last_name text,
  ADD COLUMN IF NOT EXISTS is_enabled boolean NOT NULL DEFAULT true,
  ADD COLUMN IF NOT EXISTS is_service_account boolean NOT NULL DEFAULT false,
  ADD COLUMN IF NOT EXISTS attributes jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS organization_attribute text COLLATE "C",
  ADD COLUMN IF NOT EXISTS told jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS origin text COLLATE "C" NOT NULL DEFAULT 'seed',
  ADD COLUMN IF NOT EXISTS last_login_at timestamptz,
  ADD COLUMN IF NOT EXISTS deleted_at timestamptz,
  ADD COLUMN IF NOT EXISTS erased_at timestamptz,
  ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0;

-- Why somebody is a member: `seed`, an `event`, the user's `attribute`, or that the provider has no other
-- organization (`only_organization`).
ALTER TABLE shell.memberships
  ADD COLUMN IF NOT EXISTS source text COLLATE "C" NOT NULL DEFAULT 'seed',
  ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0;

-- Memberships rest from `members_rest_at` on, while the provider has the organization disabled or deleted. Tokens
-- issued until `cut_off_at` give nothing in it.
ALTER TABLE shell.organizations
  ADD COLUMN IF NOT EXISTS members_rest_at timestamptz,
  ADD COLUMN IF NOT EXISTS cut_off_at timestamptz;

DO $constraints$
BEGIN
  ALTER TABLE shell.users
    ADD CONSTRAINT users_attributes_is_object CHECK (jsonb_typeof(attributes) = 'object'),
    ADD CONSTRAINT users_origin CHECK (origin IN ('seed', 'event', 'sweep'));
EXCEPTION WHEN duplicate_object THEN NULL;
END
$constraints$;
DO $constraints$
BEGIN
  ALTER TABLE shell.memberships
    ADD CONSTRAINT memberships_source CHECK (source IN ('seed', 'event', 'attribute', 'only_organization'));
EXCEPTION WHEN duplicate_object THEN NULL;
END
$constraints$;

-- What a user was called, from each stamp on; a column is null where that event did not tell it. Events of
-- memberships name a person by nothing else.
CREATE TABLE IF NOT EXISTS shell.user_names (
  identity_provider_id uuid NOT NULL
    CONSTRAINT user_names_identity_provider_fkey REFERENCES shell.identity_providers (id),
  user_external_id text COLLATE "C" NOT NULL,
  stamp shell.stamp NOT NULL,
  username text COLLATE "C",
  email text COLLATE "C",
  CONSTRAINT user_names_pkey PRIMARY KEY (identity_provider_id, user_external_id, stamp)
);
CREATE INDEX IF NOT EXISTS user_names_username_idx ON shell.user_names (identity_provider_id, username);

-- The identities at other providers that a user's provider has linked with it. One that was unlinked stays, with
-- its stamp and without its names.
CREATE TABLE IF NOT EXISTS shell.linked_identities (
  identity_provider_id uuid NOT NULL
    CONSTRAINT linked_identities_identity_provider_fkey REFERENCES shell.identity_providers (id),
  user_external_id text COLLATE "C" NOT NULL,
  alias text COLLATE "C" NOT NULL,
  external_id text COLLATE "C",
  username text COLLATE "C",
  is_linked boolean NOT NULL,
  stamp shell.stamp NOT NULL,
  CONSTRAINT linked_identities_pkey PRIMARY KEY (identity_provider_id, user_external_id, alias)
);

-- A provider's groups, by its identifiers. `organization_external_id` is null for a realm's group, and
-- `parent_external_id` for one at the top. `name` is null as long as nothing told it, and such a group gives nobody
-- anything, nor does what is below it. `told` has the stamps of `name` and `parent`. A deletion is final.
CREATE TABLE IF NOT EXISTS shell.groups (
  identity_provider_id uuid NOT NULL
    CONSTRAINT groups_identity_provider_fkey REFERENCES shell.identity_providers (id),
  external_id text COLLATE "C" NOT NULL,
  organization_external_id text COLLATE "C",
  parent_external_id text COLLATE "C",
  name text,
  told jsonb NOT NULL DEFAULT '{}',
  is_deleted boolean NOT NULL DEFAULT false,
  version bigint NOT NULL DEFAULT 0,
  CONSTRAINT groups_pkey PRIMARY KEY (identity_provider_id, external_id)
);
CREATE INDEX IF NOT EXISTS groups_parent_idx ON shell.groups (identity_provider_id, parent_external_id);
CREATE INDEX IF NOT EXISTS groups_name_idx ON shell.groups (identity_provider_id, name);
-- The few roles that name groups.
CREATE INDEX IF NOT EXISTS roles_groups_idx ON shell.roles (organization_id) WHERE groups <> '{}';

-- Who is in which group, known or not; one who left stays, with the stamp.
CREATE TABLE IF NOT EXISTS shell.group_members (
  identity_provider_id uuid NOT NULL
    CONSTRAINT group_members_identity_provider_fkey REFERENCES shell.identity_providers (id),
  user_external_id text COLLATE "C" NOT NULL,
  group_external_id text COLLATE "C" NOT NULL,
  is_member boolean NOT NULL,
  stamp shell.stamp NOT NULL,
  CONSTRAINT group_members_pkey PRIMARY KEY (identity_provider_id, user_external_id, group_external_id)
);
CREATE INDEX IF NOT EXISTS group_members_group_idx
  ON shell.group_members (identity_provider_id, group_external_id);

-- A provider's organizations, by its identifiers; which of them are known here says `organizations.external_id`.
CREATE TABLE IF NOT EXISTS shell.provider_organizations (
  identity_provider_id uuid NOT NULL
    CONSTRAINT provider_organizations_identity_provider_fkey REFERENCES shell.identity_providers (id),
  external_id text COLLATE "C" NOT NULL,
  is_enabled boolean NOT NULL DEFAULT true,
  is_deleted boolean NOT NULL DEFAULT false,
  stamp shell.stamp NOT NULL,
  CONSTRAINT provider_organizations_pkey PRIMARY KEY (identity_provider_id, external_id)
);

-- What was told of memberships of a provider's organizations: the latest about a user in an organization counts.
-- `source` is that of the event, whose identifier is in the stamp; `seed`, without a time, for a seeded membership
-- that an event ended. `user_external_id` is whom it means, null as long as that is not known; where `by_name`, that
-- is who was called so at the stamp, and may turn out to be another one.
CREATE TABLE IF NOT EXISTS shell.membership_facts (
  identity_provider_id uuid NOT NULL
    CONSTRAINT membership_facts_identity_provider_fkey REFERENCES shell.identity_providers (id),
  organization_external_id text COLLATE "C" NOT NULL,
  stamp shell.stamp NOT NULL,
  source text COLLATE "C" NOT NULL,
  is_member boolean NOT NULL,
  user_external_id text COLLATE "C",
  by_name boolean NOT NULL,
  username text COLLATE "C",
  email text COLLATE "C",
  CONSTRAINT membership_facts_pkey PRIMARY KEY (identity_provider_id, organization_external_id, stamp)
);
CREATE INDEX IF NOT EXISTS membership_facts_user_idx
  ON shell.membership_facts (identity_provider_id, user_external_id);
CREATE INDEX IF NOT EXISTS membership_facts_username_idx
  ON shell.membership_facts (identity_provider_id, username) WHERE by_name;

-- Who was removed from an organization here: only a later event of the provider brings the membership back.
CREATE TABLE IF NOT EXISTS shell.removed_memberships (
  organization_id uuid NOT NULL
    CONSTRAINT removed_memberships_organization_fkey REFERENCES shell.organizations (id),
  subject text COLLATE "C" NOT NULL,
  removed_at timestamptz NOT NULL,
  CONSTRAINT removed_memberships_pkey PRIMARY KEY (organization_id, subject)
);

-- Whose membership ended: tokens issued until then give nothing in the organization, although they name it.
CREATE TABLE IF NOT EXISTS shell.membership_cutoffs (
  organization_id uuid NOT NULL
    CONSTRAINT membership_cutoffs_organization_fkey REFERENCES shell.organizations (id),
  subject text COLLATE "C" NOT NULL,
  cut_off_at timestamptz NOT NULL,
  CONSTRAINT membership_cutoffs_pkey PRIMARY KEY (organization_id, subject)
);

-- The inbox of callbacks: each event once, with what is needed to apply it again and what came of it. `facts` is
-- what the component read in it; `waits_for` names what it waits for; `touched` is what Redis was to be told.
CREATE TABLE IF NOT EXISTS shell.webhook_events (
  identity_provider_id uuid NOT NULL
    CONSTRAINT webhook_events_identity_provider_fkey REFERENCES shell.identity_providers (id),
  source text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL CONSTRAINT webhook_events_id_length CHECK (char_length(id) BETWEEN 1 AND 255),
  inbox_id uuid NOT NULL CONSTRAINT webhook_events_inbox_id_key UNIQUE,
  type text COLLATE "C" NOT NULL,
  occurred_at timestamptz NOT NULL,
  facts jsonb NOT NULL DEFAULT '[]',
  status text COLLATE "C" NOT NULL
    CONSTRAINT webhook_events_status CHECK (status IN ('applied', 'waiting', 'ignored', 'failed')),
  reason text,
  waits_for text[] COLLATE "C",
  touched jsonb,
  received_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT webhook_events_pkey PRIMARY KEY (identity_provider_id, source, id)
);
CREATE INDEX IF NOT EXISTS webhook_events_status_idx ON shell.webhook_events (status, inbox_id);
-- By the first thing that it waits for, after which it is looked at again: what compares whole arrays may use no
-- index behind a policy.
CREATE INDEX IF NOT EXISTS webhook_events_waiting_idx ON shell.webhook_events (identity_provider_id, (waits_for[1]))
  WHERE status = 'waiting';
CREATE INDEX IF NOT EXISTS webhook_events_received_at_idx ON shell.webhook_events (received_at);

-- Whether the running statement applies what an identity provider told of its users: it writes memberships of all
-- organizations, and the tables below.
CREATE OR REPLACE FUNCTION shell.is_syncing() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('shell.syncing', true), '') = 'on';

DROP POLICY IF EXISTS memberships_syncing ON shell.memberships;
CREATE POLICY memberships_syncing ON shell.memberships
  USING (shell.is_syncing());

-- It asks in which organizations a user holds roles, and which roles name groups. The names of these policies come
-- after those of the tenants', which then are asked first.
CREATE INDEX IF NOT EXISTS role_assignments_subject_idx ON shell.role_assignments (subject);
DROP POLICY IF EXISTS role_assignments_told ON shell.role_assignments;
CREATE POLICY role_assignments_told ON shell.role_assignments FOR SELECT
  USING (shell.is_syncing());
DROP POLICY IF EXISTS roles_told ON shell.roles;
CREATE POLICY roles_told ON shell.roles FOR SELECT
  USING (shell.is_syncing());
CREATE INDEX IF NOT EXISTS organizations_provider_idx ON shell.organizations (identity_provider_id);

-- What is a provider's is seen by who has entered the provider.
DO $policies$
DECLARE
  v_table text;
BEGIN
  FOREACH v_table IN ARRAY ARRAY['user_names', 'linked_identities', 'groups', 'group_members',
    'provider_organizations', 'membership_facts', 'webhook_events']
  LOOP
    EXECUTE format('ALTER TABLE shell.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
    EXECUTE format('DROP POLICY IF EXISTS %I ON shell.%I', v_table || '_provider', v_table);
    EXECUTE format('CREATE POLICY %I ON shell.%I
      USING (identity_provider_id = (SELECT shell.current_identity_provider()))', v_table || '_provider', v_table);
  END LOOP;
  FOREACH v_table IN ARRAY ARRAY['removed_memberships', 'membership_cutoffs']
  LOOP
    EXECUTE format('ALTER TABLE shell.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
    EXECUTE format('DROP POLICY IF EXISTS %I ON shell.%I', v_table || '_tenant', v_table);
    EXECUTE format('CREATE POLICY %I ON shell.%I
      USING (organization_id = shell.current_organization())', v_table || '_tenant', v_table);
    EXECUTE format('DROP POLICY IF EXISTS %I ON shell.%I', v_table || '_syncing', v_table);
    EXECUTE format('CREATE POLICY %I ON shell.%I USING (shell.is_syncing())', v_table || '_syncing', v_table);
  END LOOP;
END
$policies$;

-- The inbox of all providers is platform's to read.
DROP POLICY IF EXISTS webhook_events_platform ON shell.webhook_events;
CREATE POLICY webhook_events_platform ON shell.webhook_events FOR SELECT
  USING ((SELECT shell.is_platform()));

-- Letters of every alphabet in both cases, whatever the locale of the database; where PostgreSQL was built with
-- nothing that knows them, those of ASCII alone.
DO $collation$
BEGIN
  CREATE COLLATION shell.unicode (provider = builtin, locale = 'C.UTF-8');
EXCEPTION
  WHEN duplicate_object THEN NULL;
  WHEN OTHERS THEN
    BEGIN
      CREATE COLLATION shell.unicode (provider = icu, locale = 'und');
    EXCEPTION
      WHEN duplicate_object THEN NULL;
      WHEN OTHERS THEN
        CREATE COLLATION IF NOT EXISTS shell.unicode FROM pg_catalog."C";
    END;
END
$collation$;

-- Whom an event is about, so that a person's are found and erased: by the provider's identifier, or by name alone.
-- In columns of their own, since a policy lets no index answer for what is computed when it is asked for.
ALTER TABLE shell.webhook_events
  ADD COLUMN IF NOT EXISTS about text COLLATE "C",
  ADD COLUMN IF NOT EXISTS about_email text COLLATE "C";
CREATE OR REPLACE FUNCTION shell.note_whom_it_is_about() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_user text := jsonb_path_query_first(NEW.facts, '$[*].user') #>> '{}';
BEGIN
  NEW.about := coalesce('user:' || v_user,
    'username:' || lower(jsonb_path_query_first(NEW.facts, '$[*].username') #>> '{}'));
  NEW.about_email := CASE WHEN v_user IS NULL THEN
    lower(jsonb_path_query_first(NEW.facts, '$[*].email') #>> '{}') END;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER webhook_events_about
  BEFORE INSERT OR UPDATE OF facts ON shell.webhook_events
  FOR EACH ROW EXECUTE FUNCTION shell.note_whom_it_is_about();
CREATE INDEX IF NOT EXISTS webhook_events_about_idx ON shell.webhook_events (identity_provider_id, about);
CREATE INDEX IF NOT EXISTS webhook_events_about_email_idx ON shell.webhook_events (identity_provider_id, about_email)
  WHERE about_email IS NOT NULL;
