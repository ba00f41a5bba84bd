//! One statement out of many texts, so that all of them happen or none.

use std::fmt::Write;

/// Names the lock that keeps two runs apart; any number that nothing else locks.
const LOCK: i64 = 0x5368_656c_6c01;

/// How long a text waits for a table that is in use. Whoever asks for the table in the meantime waits
/// behind it, so it is short; and shorter than PostgreSQL's `deadlock_timeout`, so that where a request
/// and a text wait for each other, mostly the text gives way.
const PATIENCE: &str = "900ms";

/// A text and, where it is a file's, the file's name.
pub struct Part<'a> {
    pub name: Option<String>,
    pub text: &'a str,
}

/// A `DO` that takes the lock, makes the schema and executes each text in turn. What fails is
/// reported as PostgreSQL reports it, with the file's name before the message.
///
/// The lock is a transaction's: a session's would not survive a pooler.
pub fn statement(parts: &[Part<'_>]) -> String {
    let tag = unused_tag("text", parts);
    let mut body = String::new();
    for Part { name, text } in parts {
        let name = name.as_deref().unwrap_or("the history of migrations");
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            "  doing := {tag}{name}{tag};\n  EXECUTE {tag}{text}{tag};\n"
        );
    }
    let applied: Vec<_> = parts
        .iter()
        .filter_map(|part| part.name.as_deref())
        .collect();
    // A file's name has letters, digits, `_` and `.` alone.
    let event = match applied.as_slice() {
        [] => String::new(),
        names => format!(
            "  doing := 'the event of this run';
  IF to_regprocedure('shell.record_job_event(text, text, text)') IS NOT NULL THEN
    EXECUTE 'SELECT shell.record_job_event($1, $2, $3)'
      USING 'migrate', 'migrations.applied', '{{\"applied\":[\"{}\"]}}';
  END IF;
",
            names.join("\",\"")
        ),
    };
    let outer = unused_tag("batch", parts);
    format!(
        "DO {outer}
DECLARE
  doing text := 'the lock';
  detail text; hint text; constraint_name text;
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
  PERFORM set_config('lock_timeout', '{PATIENCE}', true);
  CREATE SCHEMA IF NOT EXISTS shell;
{body}{event}EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
    constraint_name = CONSTRAINT_NAME;
  IF SQLSTATE IN ('55P03', '40P01') THEN
    hint := 'nothing was applied; run it again when what uses the table (a dump, a seeding run) has ended';
  END IF;
  RAISE EXCEPTION USING MESSAGE = doing || ': ' || SQLERRM, ERRCODE = SQLSTATE,
    DETAIL = detail, HINT = hint, CONSTRAINT = constraint_name;
END
{outer}"
    )
}

/// A dollar quote that no text ends by accident.
fn unused_tag(name: &str, parts: &[Part<'_>]) -> String {
    (0_u32..)
        .map(|n| format!("${name}{n}$"))
        // Without its last character too: a text may end in just that.
        .find(|tag| {
            let start = tag.trim_end_matches('$');
            parts.iter().all(|part| !part.text.contains(start))
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_do_not_end_in_a_text() {
        let parts = [
            Part {
                name: Some("V1__a.sql".to_owned()),
                text: "SELECT $text0$x$text0$",
            },
            Part {
                name: None,
                text: "SELECT 2",
            },
        ];
        let statement = statement(&parts);
        assert!(statement.contains("EXECUTE $text1$SELECT $text0$x$text0$$text1$;"));
        assert!(statement.contains("doing := $text1$V1__a.sql$text1$;"));
    }
}
