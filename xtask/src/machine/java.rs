//! Finding a Java that is new enough for Keycloak.

use std::path::{Path, PathBuf};

use super::{in_path, version_line};

/// The oldest version that Keycloak runs on.
pub(super) const OLDEST: u32 = 21;

/// Where systems, Homebrew and SDKMAN install Java: a folder, and the path below each of its entries.
const USUAL_FOLDERS: [(&str, &str); 6] = [
    ("/usr/lib/jvm", ""),
    ("/usr/lib64/jvm", ""),
    ("/opt/java", ""),
    ("/Library/Java/JavaVirtualMachines", "Contents/Home"),
    ("/opt/homebrew/opt", "libexec/openjdk.jdk/Contents/Home"),
    ("/usr/local/opt", "libexec/openjdk.jdk/Contents/Home"),
];

/// The same below the user's home folder.
const USUAL_BELOW_HOME: [(&str, &str); 2] = [(".sdkman/candidates/java", ""), (".jdks", "")];

/// A Java installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Java {
    /// The value of `JAVA_HOME` for it.
    pub home: PathBuf,
    /// The version, such as `25.0.3`.
    pub version: String,
    major: u32,
}

/// The result of the search: the first suitable Java, and what else was found.
pub(super) struct Found {
    pub java: Option<Java>,
    /// The newest of those that are too old.
    pub too_old: Option<Java>,
}

impl Java {
    /// The Java of `JAVA_HOME` or of `PATH` if it is new enough, else the newest that the system has.
    pub(super) fn find() -> Found {
        let named = std::env::var_os("JAVA_HOME").map(PathBuf::from);
        let on_path = in_path("java").and_then(|program| home_of(&program));
        let mut preferred: Vec<_> = [named, on_path]
            .into_iter()
            .flatten()
            .filter_map(|home| Self::at(&home))
            .collect();
        let mut kept: Vec<_> = folders().iter().filter_map(|home| Self::at(home)).collect();
        kept.sort_by_key(|java| std::cmp::Reverse(java.major));
        preferred.append(&mut kept);
        let java = preferred.iter().find(|java| java.major >= OLDEST).cloned();
        let too_old = preferred.into_iter().max_by_key(|java| java.major);
        Found {
            too_old: too_old.filter(|_| java.is_none()),
            java,
        }
    }

    fn at(home: &Path) -> Option<Self> {
        let program = home.join("bin/java");
        if !program.is_file() {
            return None;
        }
        // Every Java since 9 has its version in this file; reading it is faster than starting Java.
        let version = std::fs::read_to_string(home.join("release"))
            .ok()
            .and_then(|text| version_in_release(&text))
            .or_else(|| version_in_line(&version_line(&program)?))?;
        Some(Self {
            home: home.to_owned(),
            major: major(&version)?,
            version,
        })
    }
}

fn home_of(program: &Path) -> Option<PathBuf> {
    let program = program.canonicalize().ok()?;
    Some(program.parent()?.parent()?.to_owned())
}

fn folders() -> Vec<PathBuf> {
    let user = std::env::var_os("HOME").map(PathBuf::from);
    let own = USUAL_BELOW_HOME.iter().filter_map(|(parent, below)| {
        let parent = user.as_ref()?.join(parent);
        Some((parent, *below))
    });
    let usual = USUAL_FOLDERS
        .iter()
        .map(|(parent, below)| (PathBuf::from(parent), *below));
    let mut folders = Vec::new();
    for (parent, below) in usual.chain(own) {
        let Ok(entries) = parent.read_dir() else {
            continue;
        };
        folders.extend(entries.flatten().map(|entry| entry.path().join(below)));
    }
    folders
}

/// Reads `JAVA_VERSION="25.0.3"` in an installation's file `release`.
fn version_in_release(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    Some(line.trim().trim_matches('"').to_owned())
}

/// Reads `openjdk 25.0.3 2026-04-21 LTS`, which `java --version` prints.
fn version_in_line(line: &str) -> Option<String> {
    line.split_whitespace().nth(1).map(str::to_owned)
}

/// 8 of `1.8.0_402`, 25 of `25.0.3`.
fn major(version: &str) -> Option<u32> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let first = numbers.next()?.parse().ok()?;
    if first == 1 {
        numbers.next()?.parse().ok()
    } else {
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (version, expected) in [
            ("25.0.3", Some(25)),
            ("21", Some(21)),
            ("22-ea", Some(22)),
            ("1.8.0_402", Some(8)),
            ("", None),
        ] {
            assert_eq!(major(version), expected, "{version}");
        }
    }

    #[test]
    fn a_machine_says_its_version() {
        let text = "IMPLEMENTOR=\"A vendor\"\nJAVA_VERSION=\"25.0.3\"\nOS_ARCH=\"x86_64\"\n";
        assert_eq!(version_in_release(text).as_deref(), Some("25.0.3"));
        assert_eq!(version_in_release("OS_ARCH=\"x86_64\"\n"), None);
        let line = "openjdk 17.0.15 2025-04-15";
        assert_eq!(version_in_line(line).as_deref(), Some("17.0.15"));
    }
}
