//! One statement made of many texts, so that all of them are executed or none.

use std::fmt::Write;

use crate::noted::STANDING;

/// Names the lock that keeps two runs apart; any number that nothing else locks. The functions in
/// `roles.sql`, which change rows that belong to the whole server, take it too.
const LOCK: i64 = 0x5368_656c_6c01;

/// The SQLSTATE that says: another run applied something since this one read what stands.
pub const OVERTAKEN: &str = "SH001";

/// How long a text waits for a table that is in use. Whoever asks for the table in the meantime waits
/// behind it, so it is short; and shorter than PostgreSQL's `deadlock_timeout`, so that where a request
/// and a text wait for each other, mostly the text gives way.
const PATIENCE: &str = "900ms";

/// A text and what it is, for the message should it fail.
pub struct Part {
    pub doing: String,
    pub text: String,
}

/// What a run hands over.
pub struct Batch<'a> {
    /// The texts, in order.
    pub parts: Vec<Part>,
    /// The files among them, as the run's event names them: letters, digits, `_`, `.` and `/` alone.
    pub files: Vec<String>,
    /// What stood in the database when it was decided that these are missing.
    pub standing: String,
    /// The names of the functions that the HTTP functions may execute.
    pub runtime: &'a [String],
}

impl Batch<'_> {
    /// A `DO` that takes the lock, makes sure that no other run came first, makes the schema, executes
    /// each text in turn, and gives the rights. What fails is reported as PostgreSQL reports it, with
    /// what was being done before the message.
    ///
    /// The lock is a transaction's: a session's would not survive a pooler. The search path is set
    /// before anything else is looked up: whoever may create objects in `public` could have the owner
    /// execute them.
    pub fn statement(&self) -> String {
        let tag = self.unused_tag("text");
        let mut body = String::new();
        for Part { doing, text } in &self.parts {
            // Writing to a String cannot fail.
            let _ = write!(
                body,
                "  doing := {tag}{doing}{tag};\n  EXECUTE {tag}{text}{tag};\n"
            );
        }
        // The names in it are the database's.
        let standing = self.standing.replace('\'', "''");
        let runtime = self.runtime.join(",");
        let event = self.event();
        let outer = self.unused_tag("batch");
        format!(
            "DO {outer}
DECLARE
  doing text := 'the lock';
  standing text := '';
  detail text; hint text; constraint_name text;
BEGIN
PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
  PERFORM set_config('lock_timeout', '{PATIENCE}', true);
{STANDING}  IF standing <> '{standing}' THEN
    RAISE EXCEPTION USING MESSAGE = 'another run was faster', ERRCODE = '{OVERTAKEN}';
  END IF;
  CREATE SCHEMA IF NOT EXISTS shell;
{body}  doing := 'the rights of the runtime role';
  PERFORM shell.give_rights(string_to_array('{runtime}', ','));
{event}EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
    constraint_name = CONSTRAINT_NAME;
  IF SQLSTATE IN ('55P03', '40P01') THEN
    hint := 'nothing was applied; run it again when what uses the table (a dump, a seeding run) has ended';
  END IF;
  RAISE EXCEPTION USING MESSAGE = doing || ': ' || SQLERRM, ERRCODE = SQLSTATE,
    DETAIL = detail, HINT = hint, CONSTRAINT = constraint_name;
END;
END
{outer}"
        )
    }

    fn event(&self) -> String {
        format!(
            "  doing := 'the event of this run';
  PERFORM shell.record_job_event('migrate', 'migrations.applied', '{{\"applied\":[\"{}\"]}}');
",
            self.files.join("\",\"")
        )
    }

    /// A dollar quote that no text ends by accident.
    fn unused_tag(&self, name: &str) -> String {
        (0_u32..)
            .map(|n| format!("${name}{n}$"))
            // Without its last character too: a text may end in just that.
            .find(|tag| {
                let start = tag.trim_end_matches('$');
                self.parts.iter().all(|part| !part.text.contains(start))
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_do_not_end_in_a_text() {
        let part = |doing: &str, text: &str| Part {
            doing: doing.to_owned(),
            text: text.to_owned(),
        };
        let batch = Batch {
            parts: vec![
                part("V1__a.sql", "SELECT $text0$x$text0$"),
                part("the history", "SELECT 2"),
            ],
            files: vec!["V1__a.sql".to_owned()],
            standing: String::new(),
            runtime: &[],
        };
        let statement = batch.statement();
        assert!(statement.contains("EXECUTE $text1$SELECT $text0$x$text0$$text1$;"));
        assert!(statement.contains("doing := $text1$V1__a.sql$text1$;"));
    }

    #[test]
    fn the_functions_on_roles_take_the_same_lock() {
        let roles = include_str!("../../../migrations/functions/roles.sql");
        assert!(roles.contains(&format!("pg_advisory_xact_lock({LOCK})")));
    }
}
