//! The migrations in their folder.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use refinery::Migration;

use crate::{
    function_files::{self, FunctionFile},
    text,
};

/// The entries of the folder that are not migrations.
const FUNCTIONS: &str = "functions";
const SIGNATURES: &str = "signatures.txt";

/// Everything that a run may have to apply.
pub struct Folder {
    /// The versioned files, in order.
    pub migrations: Vec<Migration>,
    /// The files of functions, in the order in which they are applied.
    pub functions: Vec<FunctionFile>,
    /// The names of the functions that the HTTP functions may execute.
    pub runtime: Vec<String>,
}

impl Folder {
    /// Reads the folder. A file that would silently be ignored is an error.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let functions = function_files::read(&folder.join(FUNCTIONS))?;
        Ok(Self {
            migrations: read_migrations(folder)?,
            runtime: function_files::runtime_names(&functions)?,
            functions,
        })
    }
}

/// Every `V<n>__<what>.sql`, in order.
fn read_migrations(folder: &Path) -> anyhow::Result<Vec<Migration>> {
    let mut migrations = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if matches!(name, FUNCTIONS | SIGNATURES) {
            continue;
        }
        let stem = name
            .strip_suffix(".sql")
            .filter(|stem| stem.starts_with('V'));
        let Some(stem) = stem else {
            bail!(
                "{}: expected a file named V<number>__<what>.sql",
                path.display()
            );
        };
        let migration = Migration::unapplied(stem, &text::read(&path)?)
            .with_context(|| format!("{}: expected V<number>__<what>.sql", path.display()))?;
        if file_name(&migration) != name {
            bail!(
                "{}: expected letters, digits and _ in the name",
                path.display()
            );
        }
        migrations.push(migration);
    }
    if migrations.is_empty() {
        bail!(
            "{}: there are no migrations in this folder",
            folder.display()
        );
    }
    migrations.sort();
    refuse_repeated(&migrations)?;
    Ok(migrations)
}

/// Refuses two files with the same number: refinery would run both, but could not record the second one.
fn refuse_repeated(sorted: &[Migration]) -> anyhow::Result<()> {
    for pair in sorted.windows(2) {
        if let [first, second] = pair
            && first.version() == second.version()
        {
            let mut names = [file_name(first), file_name(second)];
            names.sort();
            bail!(
                "{}: have the same number; give one of them the next number",
                names.join(" and ")
            );
        }
    }
    Ok(())
}

/// The file name of a migration.
pub fn file_name(migration: &Migration) -> String {
    format!("V{}__{}.sql", migration.version(), migration.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_are_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let folder = Folder::read(&folder).unwrap();
        let versions: Vec<_> = folder.migrations.iter().map(Migration::version).collect();
        let expected: Vec<_> = (1..=versions.last().copied().unwrap()).collect();
        assert_eq!(versions, expected);
        assert!(!folder.runtime.is_empty());
    }

    #[test]
    fn two_with_one_number_are_refused() {
        let migrations =
            ["V1__b", "V1__a", "V2__c"].map(|name| Migration::unapplied(name, "").unwrap());
        let error = refuse_repeated(&migrations).unwrap_err().to_string();
        assert!(error.contains("V1__a.sql and V1__b.sql"), "{error}");
        assert!(refuse_repeated(&migrations[1..]).is_ok());
    }
}
