//! The arguments of a run.

use anyhow::{Context, bail};

/// The arguments of a run.
#[derive(Debug, Eq, PartialEq)]
pub struct Arguments {
    /// The provider whose users are swept.
    pub provider: String,
    /// Whether it only prints what it would change.
    pub dry_run: bool,
    /// Whether what the provider has deleted is deleted here, however much it is.
    pub force: bool,
    /// Whether seeded users are joined to the provider's users with the same username.
    pub adopt: bool,
}

impl Arguments {
    /// Reads the arguments of the component.
    pub fn read(mut given: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut arguments = Self {
            provider: "default".to_owned(),
            dry_run: false,
            force: false,
            adopt: false,
        };
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--dry-run" => arguments.dry_run = true,
                "--force" => arguments.force = true,
                "--adopt" => arguments.adopt = true,
                "--provider" => {
                    let slug = given.next().context("--provider needs a slug")?;
                    vocabulary::slug(&slug).with_context(|| format!("--provider {slug:?}"))?;
                    arguments.provider = slug;
                }
                _ => bail!(
                    "unknown argument {argument:?}: expected --provider SLUG, --dry-run, --force or --adopt"
                ),
            }
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[&str]) -> anyhow::Result<Arguments> {
        Arguments::read(given.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn the_default_provider_is_swept_unless_another_is_named() {
        let plain = read(&[]).unwrap();
        assert_eq!(plain.provider, "default");
        assert!(!plain.dry_run && !plain.force && !plain.adopt);
        let all = read(&["--dry-run", "--provider", "partner", "--force", "--adopt"]).unwrap();
        assert_eq!(all.provider, "partner");
        assert!(all.dry_run && all.force && all.adopt);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for given in [
            &["--forced"][..],
            &["--provider"],
            &["--provider", "No slug"],
        ] {
            assert!(read(given).is_err(), "{given:?}");
        }
    }
}
