//! One statement made of many texts, so that all of them are executed or none.

use std::fmt::Write;

use crate::noted::STANDING;

/// The number of the lock that keeps two runs apart, which is arbitrary; nothing else locks it but the functions in
/// `roles.sql`, which change rows that belong to the whole server.
const LOCK: i64 = 0x5368_656c_6c01;

/// The SQLSTATE for: another run applied something after this one had read what is applied.
pub const OVERTAKEN: &str = "SH001";

/// How long a text waits for a table that is in use. It is short, since statements that need the table in the meantime
/// wait behind it; and shorter than PostgreSQL's `deadlock_timeout`, so that in a deadlock between a request and a
/// text, mostly the text is cancelled.
const PATIENCE: &str = "900ms";

/// A text, and what it is, for the message if it fails.
pub struct Part {
    pub doing: String,
    pub text: String,
}

/// What a run executes.
pub struct Batch<'a> {
    /// The texts, in order.
    pub parts: Vec<Part>,
    /// The files among them, as the run's event names them: they have only letters, digits, `_`, `.` and `/`.
    pub files: Vec<String>,
    /// What was applied to the database when the missing files were determined.
    pub standing: String,
    /// The names of the functions that the HTTP functions may execute.
    pub runtime: &'a [String],
}

impl Batch<'_> {
    /// A `DO` that acquires the lock, makes sure that no other run came first, creates the schema, executes
    /// each text in turn, and grants the rights. An error is reported as PostgreSQL reports it; the message begins
    /// with what was being done.
    ///
    /// The lock is one of the transaction, since one of the session would not survive a pooler. The search path is set
    /// before any name is looked up: otherwise, a role that may create objects in `public` could make the owner
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
        // It has names from the database.
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

    /// The tag of a dollar quote that no text closes by accident.
    fn unused_tag(&self, name: &str) -> String {
        (0_u32..)
            .map(|n| format!("${name}{n}$"))
            // The tag must not occur without its last `$` either: a text may end with that.
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
