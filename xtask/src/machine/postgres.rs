//! Finding a PostgreSQL that is new enough.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{in_path, path_folders, version_line};

const OLDEST: u32 = 15;

/// Where distributions and Homebrew install the servers: a folder, and the path below each version's entry.
const USUAL_FOLDERS: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "bin"),
];

/// The programs of one PostgreSQL installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresPrograms {
    /// The program that creates a cluster.
    pub initdb: PathBuf,
    /// The server.
    pub server: PathBuf,
    /// The version, such as `15.18`.
    pub version: String,
    major: u32,
}

impl PostgresPrograms {
    /// The newest installation, or the newest of the given major version.
    #[must_use]
    pub fn find(major: Option<u32>) -> Option<Self> {
        folders()
            .into_iter()
            .filter_map(|folder| Self::in_folder(&folder))
            .filter(|found| major.map_or(found.major >= OLDEST, |major| found.major == major))
            .max_by_key(|found| found.major)
    }

    /// Another program of the installation, if it exists.
    #[must_use]
    pub fn beside(&self, name: &str) -> Option<PathBuf> {
        // The server may be a link in a folder of PATH that lacks the others.
        let program = self.server.canonicalize().ok()?.with_file_name(name);
        program.is_file().then_some(program)
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        let (initdb, server) = (folder.join("initdb"), folder.join("postgres"));
        if !initdb.is_file() || !server.is_file() {
            return None;
        }
        let (version, major) = parse_version(&version_line(&server)?)?;
        Some(Self {
            initdb,
            server,
            version,
            major,
        })
    }
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<_> = path_folders().collect();
    if let Some(config) = in_path("pg_config")
        && let Ok(output) = Command::new(config).arg("--bindir").output()
    {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    for (parent, below) in USUAL_FOLDERS {
        let Ok(entries) = Path::new(parent).read_dir() else {
            continue;
        };
        folders.extend(entries.flatten().map(|entry| entry.path().join(below)));
    }
    folders
}

/// Reads the version and its first number in `postgres (PostgreSQL) 15.18 (Debian …)`.
fn parse_version(line: &str) -> Option<(String, u32)> {
    let version = line
        .split_once("(PostgreSQL) ")?
        .1
        .split_whitespace()
        .next()?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((version.to_owned(), digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions() {
        for (line, expected) in [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)",
                Some(("15.18", 15)),
            ),
            ("postgres (PostgreSQL) 17beta1", Some(("17beta1", 17))),
            ("postgres", None),
        ] {
            let expected = expected.map(|(text, major)| (text.to_owned(), major));
            assert_eq!(parse_version(line), expected, "{line}");
        }
    }
}
