//! The database's record of the files that were applied, and the files that are pending.

use std::fmt::Write;

use anyhow::bail;

use crate::function_files::FunctionFile;

/// A version of a file of functions that was applied.
#[derive(Debug)]
pub struct Noted {
    /// The file.
    pub file: String,
    /// Its checksum.
    pub sha256: String,
    /// Whether no other version was applied after it.
    pub is_current: bool,
}

/// The files that differ from what was applied last. An older version is not applied again: whoever tries that is
/// mostly an older `migrate`, while the newer functions are still in use.
pub fn pending<'a>(
    files: &'a [FunctionFile],
    noted: &[Noted],
) -> anyhow::Result<Vec<&'a FunctionFile>> {
    let mut pending = Vec::new();
    for file in files {
        let same = |noted: &&Noted| noted.file == file.name && noted.sha256 == file.sha256;
        match noted.iter().find(same) {
            Some(noted) if noted.is_current => {}
            Some(_) => bail!(
                "{}: this is an older version of the file, and a newer one has been applied since; to go back on \
                 purpose, add a new comment line to the file",
                file.path()
            ),
            None => pending.push(file),
        }
    }
    Ok(pending)
}

/// The versions of the migrations and the records of the files in one text, as in [`STANDING`].
pub fn standing(versions: &[i32], noted: &[Noted]) -> String {
    let mut versions = versions.to_vec();
    versions.sort_unstable();
    let versions: Vec<_> = versions.iter().map(i32::to_string).collect();
    let mut files: Vec<_> = noted
        .iter()
        .map(|noted| (&noted.file, &noted.sha256, noted.is_current))
        .collect();
    files.sort();
    let mut text = versions.join(",");
    for (file, sha256, is_current) in files {
        // Writing to a String cannot fail.
        let _ = write!(text, "/{file}:{sha256}:{is_current}");
    }
    text
}

/// Makes PostgreSQL compute the same text in `standing`, also on a database without these tables. The catalogue says
/// whether a table exists, since the result of `to_regclass` may be older than the wait for the lock.
pub const STANDING: &str = "\
  IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'shell' AND c.relname = 'refinery_schema_history') THEN
    EXECUTE 'SELECT coalesce(string_agg(version::text, $1 ORDER BY version), $2)
      FROM shell.refinery_schema_history' INTO standing USING ',', '';
  END IF;
  IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'shell' AND c.relname = 'function_files') THEN
    EXECUTE 'SELECT $1 || coalesce(string_agg(format($2, file, sha256, is_current::text), $3
      ORDER BY file, sha256), $3) FROM shell.function_files' INTO standing USING standing, '/%s:%s:%s', '';
  END IF;
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function_files::Audience;

    fn file(name: &str, sha256: &str) -> FunctionFile {
        FunctionFile {
            name: name.to_owned(),
            text: String::new(),
            sha256: sha256.to_owned(),
            audience: Audience::Jobs,
        }
    }

    fn noted(file: &str, sha256: &str, is_current: bool) -> Noted {
        Noted {
            file: file.to_owned(),
            sha256: sha256.to_owned(),
            is_current,
        }
    }

    #[test]
    fn what_differs_is_pending() {
        let files = [file("a.sql", "2"), file("b.sql", "1"), file("c.sql", "1")];
        let noted = [
            noted("a.sql", "1", true),
            noted("b.sql", "1", true),
            noted("gone.sql", "1", true),
        ];
        let pending = pending(&files, &noted).unwrap();
        let names: Vec<_> = pending.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.sql", "c.sql"]);
    }

    #[test]
    fn what_was_superseded_is_not_brought_back() {
        let notes = [noted("a.sql", "1", false), noted("a.sql", "2", true)];
        let error = pending(&[file("a.sql", "1")], &notes)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("functions/a.sql: this is an older version"),
            "{error}"
        );
        assert!(error.contains("comment line"), "{error}");
        assert!(pending(&[file("a.sql", "2")], &notes).unwrap().is_empty());
    }

    #[test]
    fn what_stands_is_one_text_in_one_order() {
        let notes = [noted("b.sql", "1", true), noted("a.sql", "1", false)];
        assert_eq!(
            standing(&[10, 2], &notes),
            "2,10/a.sql:1:false/b.sql:1:true"
        );
        assert_eq!(standing(&[], &[]), "");
    }
}
