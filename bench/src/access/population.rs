//! Organizations with roles and policy lines, generated in PostgreSQL.
//!
//! Roles come in pairs: the first of a pair is assigned to subjects and inherits the second. No two lines
//! are about the same resource, which is the case in which Casbin has the least work.

use anyhow::{Result, ensure};

use crate::TOKENS;
use crate::stage::Stage;

/// The number of subjects with roles in each organization; all of them are its members.
pub const SUBJECTS: i32 = 100;
/// The type of every resource.
pub const TYPE: &str = "document";
/// The action that every line allows.
pub const ACTION: &str = "read";
/// A condition on the resource's properties in the request.
pub const OWNED: &str = "resource.properties.owner == subject.id";

/// Organizations that differ only in their slugs.
#[derive(Clone, Debug)]
pub struct Organizations {
    /// Their slugs.
    pub slugs: Vec<String>,
    /// The number of policy lines of each.
    pub lines: i32,
    /// The number of lines for a subject: half by the role that it was assigned, half by the role that this one
    /// inherits.
    pub lines_a_subject: i32,
    /// The condition of each line.
    pub condition: Option<&'static str>,
}

impl Organizations {
    /// One organization with so many lines, of which a subject has twenty.
    pub fn one(slug: &str, lines: i32) -> Self {
        Self {
            slugs: vec![slug.to_owned()],
            lines,
            lines_a_subject: 20,
            condition: None,
        }
    }

    /// The number of lines of a role.
    pub fn lines_a_role(&self) -> i32 {
        self.lines_a_subject / 2
    }

    /// The number of roles of an organization.
    pub fn roles(&self) -> i32 {
        self.lines / self.lines_a_role()
    }

    /// The role that is assigned to a subject. It inherits the next one.
    pub fn role_of(&self, subject: i32) -> i32 {
        2 * (subject % (self.roles() / 2)) + 1
    }

    /// The resources that a subject may read; those of the inherited role come first.
    pub fn resources_of(&self, subject: i32) -> impl Iterator<Item = String> {
        let assigned = self.role_of(subject);
        let lines = self.lines_a_role();
        [assigned + 1, assigned]
            .into_iter()
            .flat_map(move |role| (1..=lines).map(move |line| resource(role, line)))
    }
}

/// The id of the resource that a line is about.
pub fn resource(role: i32, line: i32) -> String {
    format!("{role}-{line}")
}

/// The name of a subject.
pub fn subject(number: i32) -> String {
    format!("subject-{number}")
}

/// Adds the organizations, and lets the callers act for them: the satellites, and one administrator of
/// platform after them.
pub fn fill(stage: &Stage, all: &[&Organizations]) -> Result<()> {
    let mut database = stage.superuser()?;
    let mut transaction = database.transaction()?;
    let slugs: Vec<_> = all.iter().flat_map(|some| some.slugs.iter()).collect();
    // The ids are the same in every database, so that the data in Redis is valid for all of them.
    transaction.execute(
        "INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT md5('organization ' || s)::uuid, s, s, 'free',
           (SELECT p.id FROM shell.identity_providers p WHERE p.slug = 'default')
         FROM unnest($1::text[]) AS s",
        &[&slugs],
    )?;
    // Millions of rows, each of which references a row that was just read: foreign keys are not checked.
    transaction.batch_execute("SET LOCAL session_replication_role = replica")?;
    transaction.execute(
        "INSERT INTO shell.users
           (id, identity_provider_id, external_id, username, email, display_name)
         SELECT md5('subject ' || n)::uuid, p.id, 'subject-' || n, 'subject-' || n,
           'subject-' || n || '@bench.veni.example', 'Subject ' || n
         FROM generate_series(1, $1::integer) AS n, shell.identity_providers p
         WHERE p.slug = 'default'",
        &[&SUBJECTS],
    )?;
    transaction.execute(
        "INSERT INTO shell.memberships (organization_id, user_id)
         SELECT md5('organization ' || s)::uuid, md5('subject ' || n)::uuid
         FROM unnest($1::text[]) AS s, generate_series(1, $2::integer) AS n",
        &[&slugs, &SUBJECTS],
    )?;
    transaction.execute(
        "INSERT INTO shell.role_assignments (organization_id, subject, role, role_organization_id)
         SELECT o.id, 'user-' || n, CASE WHEN n < $1::integer THEN 'satellite' ELSE 'platform-admin' END,
           o.id
         FROM shell.organizations o, generate_series(0, $1::integer) AS n
         WHERE o.slug = 'platform'",
        &[&i32::try_from(TOKENS)?],
    )?;
    for some in all {
        write_policy(&mut transaction, some)?;
    }
    transaction.commit()?;
    // PostgreSQL would do this at some point anyway, perhaps while requests are measured.
    database.batch_execute(
        "VACUUM (ANALYZE) shell.organizations, shell.users, shell.memberships, shell.roles,
           shell.permissions, shell.role_assignments",
    )?;
    database.batch_execute("CHECKPOINT")?;
    Ok(())
}

fn write_policy(transaction: &mut postgres::Transaction<'_>, some: &Organizations) -> Result<()> {
    let Organizations {
        slugs, condition, ..
    } = some;
    let (roles, lines) = (some.roles(), some.lines_a_role());
    transaction.execute(
        "INSERT INTO shell.roles (organization_id, id, slug, name, inherits)
         SELECT md5('organization ' || s)::uuid, md5('role ' || s || ' ' || r)::uuid, 'role-' || r,
           'Role ' || r, CASE r % 2 WHEN 1 THEN ARRAY['role-' || r + 1] ELSE '{}' END
         FROM unnest($1::text[]) AS s, generate_series(1, $2::integer) AS r",
        &[slugs, &roles],
    )?;
    let written = transaction.execute(
        "INSERT INTO shell.permissions
           (organization_id, role, resource_type, resource_id, action, effect, condition)
         SELECT md5('organization ' || s)::uuid, 'role-' || r, $4::text, r || '-' || l, $5::text, 'allow',
           $6::text
         FROM unnest($1::text[]) AS s, generate_series(1, $2::integer) AS r,
           generate_series(1, $3::integer) AS l",
        &[slugs, &roles, &lines, &TYPE, &ACTION, condition],
    )?;
    let expected = some.lines as u64 * slugs.len() as u64;
    ensure!(
        written == expected,
        "{written} of {expected} lines were written"
    );
    transaction.execute(
        "INSERT INTO shell.role_assignments (organization_id, subject, role, role_organization_id)
         SELECT o.id, 'subject-' || n, 'role-' || 2 * (n % ($2::integer / 2)) + 1, o.id
         FROM unnest($1::text[]) AS s
         JOIN shell.organizations o ON o.slug = s, generate_series(1, $3::integer) AS n",
        &[slugs, &roles, &SUBJECTS],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_has_its_lines_in_an_organization_of_any_size() {
        for lines in [20, 1_000, 100_000] {
            let organization = Organizations::one("any", lines);
            assert_eq!(organization.roles() * organization.lines_a_role(), lines);
            for subject in 1..=SUBJECTS {
                let role = organization.role_of(subject);
                assert!(role % 2 == 1 && role < organization.roles(), "{role}");
                assert_eq!(organization.resources_of(subject).count(), 20);
            }
        }
    }
}
