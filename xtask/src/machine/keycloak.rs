//! What a local Keycloak needs: Java, and its distribution, from a folder or by Maven.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::in_path;
use super::java::{self, Java};
use crate::{process, workspace};

/// Names an existing distribution.
const HOME: &str = "KEYCLOAK_HOME";

/// The version that is fetched, with which the tests were written.
const VERSION: &str = "26.7.3";

/// The extension that sends Keycloak's events: p2-inc `keycloak-events`, under the Elastic License 2.0. It is
/// fetched, and is no part of the Shell.
const EXTENSION: &str = "keycloak-events";
const EXTENSION_VERSION: &str = "0.59";

/// The options that it is built with. If the options at its start differed, it would be built again.
///
/// The extension brings its own event store. If Keycloak has two event stores and no option that chooses one, it
/// uses neither, and then logs an error for each event of an administrator. SCIM and the Shared Signals Framework
/// are features that must also be enabled in each realm.
pub(crate) const BUILD_OPTIONS: [&str; 3] = [
    "--db=dev-file",
    "--spi-events-store--provider=jpa",
    "--features=scim-api,ssf",
];

/// Maven needs a folder with a project.
const PROJECT: &str = r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>shell</groupId>
  <artifactId>keycloak</artifactId>
  <version>1</version>
</project>
"#;

/// Where a Keycloak may come from; nothing has been fetched yet.
#[derive(Clone, Debug)]
pub struct KeycloakSource {
    java: Java,
    from: From,
}

#[derive(Clone, Debug)]
enum From {
    Home(PathBuf),
    Maven(PathBuf),
}

/// A Keycloak that can be started.
#[derive(Clone, Debug)]
pub struct KeycloakProgram {
    /// The script that starts it.
    pub script: PathBuf,
    /// The Java that runs it.
    pub java: Java,
    /// The version, such as `26.7.3`.
    pub version: String,
}

impl KeycloakSource {
    /// Finds what this machine has for it; anything that is missing is reported at once.
    pub fn find() -> Result<Self> {
        let home = std::env::var_os(HOME).map(PathBuf::from);
        let java::Found { java, too_old } = Java::find();
        let maven = in_path("mvn");
        let mut missing = Vec::new();
        if java.is_none() {
            let found = too_old.map(|java| format!(" (found: {})", java.version));
            missing.push(format!(
                "Java {} or newer{}: install one, as Eclipse Temurin, and name it in JAVA_HOME if it is neither in PATH nor where the system keeps them",
                java::OLDEST,
                found.unwrap_or_default()
            ));
        }
        if home.is_none() && maven.is_none() {
            missing.push(format!(
                "Maven, which fetches Keycloak {VERSION}: install it, or name the folder of a Keycloak in {HOME}"
            ));
        }
        if let Some(home) = &home
            && !script(home).is_file()
        {
            missing.push(format!(
                "a Keycloak in {}, the folder that {HOME} names: there is no bin/kc.sh",
                home.display()
            ));
        }
        if let Some(home) = &home
            && script(home).is_file()
            && !has_extension(home)
        {
            missing.push(format!(
                "the extension {EXTENSION} in {}, since nothing else reports its users to the Shell: {}",
                home.join("providers").display(),
                how_to_install(home)
            ));
        }
        let from = home.map(From::Home).or(maven.map(From::Maven));
        match (java, from) {
            (Some(java), Some(from)) if missing.is_empty() => Ok(Self { java, from }),
            _ => bail!("Keycloak needs\n  {}", missing.join("\n  ")),
        }
    }

    /// What is about to be done, as a message for the person who waits.
    #[must_use]
    pub fn doing(&self) -> String {
        match &self.from {
            From::Home(home) => format!("looking at the Keycloak in {}", home.display()),
            From::Maven(_) if is_ready(&fetched()) => format!("looking for Keycloak {VERSION}"),
            From::Maven(_) => {
                format!("fetching Keycloak {VERSION} by Maven (177 MB) and building it")
            }
        }
    }

    /// Fetches and builds it if that has not been done yet.
    pub fn ensure(&self) -> Result<KeycloakProgram> {
        let home = match &self.from {
            From::Home(home) => home
                .canonicalize()
                .with_context(|| format!("cannot open {}", home.display()))?,
            From::Maven(maven) => self.fetch(maven)?,
        };
        let said = std::fs::read_to_string(home.join("version.txt")).unwrap_or_default();
        Ok(KeycloakProgram {
            script: script(&home),
            java: self.java.clone(),
            version: version(&said),
        })
    }

    fn fetch(&self, maven: &Path) -> Result<PathBuf> {
        let folder = fetched();
        let home = folder.join(format!("keycloak-{VERSION}"));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        // A test run and an instance may need it at the same moment.
        let lock = folder.join("lock");
        let lock =
            File::create(&lock).with_context(|| format!("cannot open {}", lock.display()))?;
        lock.lock()
            .context("cannot wait for another process that is fetching Keycloak")?;
        if is_ready(&folder) {
            return Ok(home);
        }
        // In `target`, Maven records what it has already unpacked.
        for old in [&home, &folder.join("target")] {
            if old.exists() {
                std::fs::remove_dir_all(old)
                    .with_context(|| format!("cannot remove {}", old.display()))?;
            }
        }
        std::fs::write(folder.join("pom.xml"), PROJECT).context("cannot write Maven's project")?;
        let distribution = format!("org.keycloak:keycloak-quarkus-dist:{VERSION}:zip");
        self.run_maven(maven, &folder, "dependency:unpack", &distribution, &folder)
            .with_context(|| format!("Maven cannot fetch Keycloak {VERSION}"))?;
        self.run_maven(
            maven,
            &folder,
            "dependency:copy",
            &extension(),
            &home.join("providers"),
        )
        .with_context(|| format!("Maven cannot fetch {EXTENSION} {EXTENSION_VERSION}"))?;
        let mut build = Command::new(script(&home));
        build
            .arg("build")
            .args(BUILD_OPTIONS)
            .env("JAVA_HOME", &self.java.home);
        process::run_quietly("kc.sh build", &mut build)?;
        std::fs::write(marker(&folder), built()).context("cannot note that Keycloak is built")?;
        Ok(home)
    }

    /// Runs a goal of Maven for an artifact, in a folder with a project.
    fn run_maven(
        &self,
        maven: &Path,
        project: &Path,
        what: &str,
        artifact: &str,
        into: &Path,
    ) -> Result<()> {
        let mut command = Command::new(maven);
        command
            .args(["--batch-mode", "--quiet", what])
            .arg(format!("-Dartifact={artifact}"))
            .arg(format!("-DoutputDirectory={}", into.display()))
            .current_dir(project)
            .env("JAVA_HOME", &self.java.home);
        process::run_quietly("mvn", &mut command)?;
        Ok(())
    }
}

/// The extension's coordinates in Maven.
fn extension() -> String {
    format!("io.phasetwo.keycloak:{EXTENSION}:{EXTENSION_VERSION}")
}

/// Whether a distribution has the extension, in any version.
fn has_extension(home: &Path) -> bool {
    let entries = home.join("providers").read_dir().into_iter().flatten();
    entries.filter_map(std::result::Result::ok).any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with(EXTENSION) && name.ends_with(".jar")
    })
}

/// Nothing is installed into a distribution that is not ours.
fn how_to_install(home: &Path) -> String {
    format!(
        "mvn dependency:copy -Dartifact={} -DoutputDirectory={}",
        extension(),
        home.join("providers").display()
    )
}

fn fetched() -> PathBuf {
    workspace::target().join("keycloak")
}

fn script(home: &Path) -> PathBuf {
    home.join("bin/kc.sh")
}

fn marker(folder: &Path) -> PathBuf {
    folder.join("built.txt")
}

/// Describes the fetched distribution and how it was built.
fn built() -> String {
    format!(
        "{VERSION} {EXTENSION}-{EXTENSION_VERSION} {}\n",
        BUILD_OPTIONS.join(" ")
    )
}

fn is_ready(folder: &Path) -> bool {
    std::fs::read_to_string(marker(folder)).is_ok_and(|text| text == built())
}

/// Reads `26.7.3` in `Keycloak - Version 26.7.3`.
fn version(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let version = line.rsplit(' ').next().unwrap_or_default();
    if version.is_empty() {
        "of an unknown version".to_owned()
    } else {
        version.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions() {
        assert_eq!(version("Keycloak - Version 26.7.3\n"), "26.7.3");
        assert_eq!(version(""), "of an unknown version");
    }
}
