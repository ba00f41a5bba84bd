//! The unprivileged user that PostgreSQL runs as, since it refuses root.

use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// A user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    user: u32,
    group: u32,
}

impl User {
    /// The user to run as instead of root; `None` if we are not root.
    pub fn instead_of_root() -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let accounts = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let user = ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::in_accounts(&accounts, name));
        user.map(Some)
            .context("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`: run this as an ordinary user")
    }

    fn in_accounts(accounts: &str, name: &str) -> Option<Self> {
        let fields = accounts
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields.first() == Some(&name))?;
        Some(Self {
            user: fields.get(2)?.parse().ok()?,
            group: fields.get(3)?.parse().ok()?,
        })
    }

    /// Makes a program run as this user, without root's other groups.
    pub fn run(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }

    /// Gives a file or folder to this user.
    pub fn give(self, path: &Path) -> Result<()> {
        chown(path, Some(self.user), Some(self.group))
            .with_context(|| format!("cannot give {} to an unprivileged user", path.display()))
    }

    /// Whether this user owns a file or folder.
    #[must_use]
    pub fn owns(self, found: &Metadata) -> bool {
        found.uid() == self.user
    }

    fn can_enter(self, folder: &Path) -> bool {
        folder
            .ancestors()
            .all(|folder| folder.metadata().is_ok_and(|found| self.may_search(&found)))
    }

    fn may_search(self, folder: &Metadata) -> bool {
        let bit = if folder.uid() == self.user {
            0o100
        } else if folder.gid() == self.group {
            0o010
        } else {
            0o001
        };
        folder.mode() & bit != 0
    }
}

/// A folder that PostgreSQL's user can reach: below `parent` if possible; otherwise, as for a clone
/// in `/root`, a folder below `/var/tmp` that is named after it.
pub fn reachable(parent: &Path, name: &str) -> Result<PathBuf> {
    let folder = parent.join(name);
    match User::instead_of_root()? {
        Some(user) if !user.can_enter(parent) => {
            let mut hasher = DefaultHasher::new();
            folder.hash(&mut hasher);
            Ok(PathBuf::from(format!(
                "/var/tmp/shell-{:016x}",
                hasher.finish()
            )))
        }
        _ => Ok(folder),
    }
}

#[cfg(test)]
mod tests {
    use super::User;

    #[test]
    fn accounts() {
        let accounts =
            "root:x:0:0:root:/root:/bin/bash\npostgres:x:105:112::/var/lib/postgresql:/bin/bash\n";
        assert_eq!(
            User::in_accounts(accounts, "postgres"),
            Some(User {
                user: 105,
                group: 112
            })
        );
        assert_eq!(User::in_accounts(accounts, "nobody"), None);
    }
}
