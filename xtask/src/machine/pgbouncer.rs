//! Finding a PgBouncer, and installing it if that needs no confirmation.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::install::{self, Package};
use super::{path_folders, version_line};

/// Where Debian installs it; the `PATH` of an ordinary user does not contain this folder.
const USUAL_FOLDER: &str = "/usr/sbin";

/// The first version that supports prepared statements in transaction mode.
const PREPARES_SINCE: (u32, u32) = (1, 21);

/// A pooler of connections to PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PgBouncerProgram {
    /// The program.
    pub program: PathBuf,
    /// The version, such as `1.18.0`.
    pub version: String,
    number: (u32, u32),
}

impl PgBouncerProgram {
    /// The first one in `PATH`; if there is none, it is installed.
    pub fn ensure() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        install::install(&[Package::PgBouncer])?;
        Self::find().context("the package was installed, but pgbouncer cannot be found")
    }

    fn find() -> Option<Self> {
        path_folders()
            .chain([PathBuf::from(USUAL_FOLDER)])
            .find_map(|folder| Self::at(&folder.join("pgbouncer")))
    }

    fn at(program: &Path) -> Option<Self> {
        let (version, number) = parse_version(&version_line(program)?)?;
        Some(Self {
            program: program.to_owned(),
            version,
            number,
        })
    }

    /// Whether prepared statements survive although each transaction may get another connection.
    #[must_use]
    pub fn prepares_in_transactions(&self) -> bool {
        self.number >= PREPARES_SINCE
    }
}

/// Reads the version and its first two numbers in `PgBouncer 1.18.0`.
fn parse_version(line: &str) -> Option<(String, (u32, u32))> {
    let version = line.strip_prefix("PgBouncer ")?.trim();
    let mut numbers = version.split('.').map(str::parse);
    let number = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some((version.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions() {
        for (line, expected) in [
            ("PgBouncer 1.18.0", Some(("1.18.0", (1, 18)))),
            ("PgBouncer 1.24.1", Some(("1.24.1", (1, 24)))),
            ("pgpool-II version 4.3.5", None),
            ("PgBouncer", None),
        ] {
            let expected = expected.map(|(text, number)| (text.to_owned(), number));
            assert_eq!(parse_version(line), expected, "{line}");
        }
    }
}
