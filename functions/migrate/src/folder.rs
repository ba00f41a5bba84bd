//! The migrations as they lie in their folder.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use refinery::Migration;

/// Reads every `V<n>__<what>.sql`, in order. Anything else in the folder is a mistake: a migration
/// with a misspelt name would silently not run.
pub fn read(folder: &Path) -> anyhow::Result<Vec<Migration>> {
    let mut migrations = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let stem = name
            .strip_suffix(".sql")
            .filter(|stem| stem.starts_with('V'));
        let Some(stem) = stem else {
            bail!(
                "{}: expected a file named V<number>__<what>.sql",
                path.display()
            );
        };
        let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        let migration = Migration::unapplied(stem, &text)
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
        bail!("{}: no migrations here", folder.display());
    }
    migrations.sort();
    Ok(migrations)
}

/// A migration's file.
pub fn file_name(migration: &Migration) -> String {
    format!("V{}__{}.sql", migration.version(), migration.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_are_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let versions: Vec<_> = read(&folder)
            .unwrap()
            .iter()
            .map(Migration::version)
            .collect();
        let expected: Vec<_> = (1..=versions.last().copied().unwrap()).collect();
        assert_eq!(versions, expected);
    }
}
