//! An instance of the Shell: the folder that holds its data, its secrets and its addresses.

mod keycloak;
mod state;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::connection::{self, StoreUrl};
use crate::env_file::{self, Values};
use crate::machine::{PostgresPrograms, RedisProgram};
use crate::services::{self, Cluster, Postgres, Redis};
use state::State;

/// Marks a folder as one of ours; the program that runs the instance holds a lock on it.
const LOCK: &str = "shell.lock";
const OWNER: &str = "shell_owner";
const DATABASE: &str = "shell";

/// The file with an instance's variables and addresses.
#[must_use]
pub fn env_file(home: &Path) -> PathBuf {
    home.join("env")
}

/// The file with the development issuer's key.
#[must_use]
pub fn issuer_key(home: &Path) -> PathBuf {
    home.join("issuer.key")
}

/// The variables and addresses of the instance in a folder, if its database can be reached.
pub fn running(home: &Path) -> Result<Values> {
    let hint = || {
        format!(
            "no Shell runs on {}: start it with `cargo xtask up`",
            home.display()
        )
    };
    let file = env_file(home);
    if !file.exists() {
        bail!(hint());
    }
    let values = env_file::read(&file)?;
    let host = values.get("DATABASE_HOST").with_context(hint)?;
    connection::reach(host).with_context(hint)?;
    Ok(values)
}

/// Stops what was left running in each folder below this one: by an instance, or by a host or service alone.
pub fn stop_leftovers_below(parent: &Path) -> Result<()> {
    let entries = parent
        .read_dir()
        .with_context(|| format!("cannot list {}", parent.display()))?;
    for folder in entries.flatten().map(|entry| entry.path()) {
        state::stop_leftovers(&folder)?;
        services::stop_cluster(&folder)?;
        remove_disposable(&folder)?;
    }
    Ok(())
}

/// An instance that nobody else can start until this value is dropped.
#[derive(Debug)]
pub struct Instance {
    home: PathBuf,
    store: PathBuf,
    disposable: bool,
    state: State,
    _lock: File,
}

impl Instance {
    /// Opens the instance in a folder, which is created at first use, and stops what a killed run left running there.
    ///
    /// A disposable instance stores its data separately and leaves the data of earlier runs untouched.
    pub fn open(home: &Path, disposable: bool) -> Result<Self> {
        let home = prepare(home)?;
        let lock = lock(&home)?;
        state::stop_leftovers(&home)?;
        remove_disposable(&home)?;
        let _ = std::fs::remove_file(env_file(&home));
        let store = if disposable {
            disposable_store(&home)
        } else {
            home.clone()
        };
        std::fs::create_dir_all(&store)
            .with_context(|| format!("cannot create {}", store.display()))?;
        let state = State::load_or_create(&store)?;
        // The data directory may have been removed while its server, whose cluster is elsewhere, still runs.
        state.stop_cluster()?;
        Ok(Self {
            home,
            store,
            disposable,
            state,
            _lock: lock,
        })
    }

    /// The folder that names this instance.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The folder where services and hosts write their files.
    #[must_use]
    pub fn store(&self) -> &Path {
        &self.store
    }

    /// The major version of PostgreSQL that this instance's data needs.
    #[must_use]
    pub fn cluster_version(&self) -> Option<u32> {
        self.state
            .cluster_made
            .then(|| services::cluster_version(&self.state.cluster))
            .flatten()
    }

    /// Starts this instance's PostgreSQL with the owner role and its database.
    pub fn start_postgres(&mut self, programs: &PostgresPrograms) -> Result<Postgres> {
        let cluster = Cluster {
            folder: self.state.cluster.clone(),
            made: self.state.cluster_made,
            log: self.store.join("postgres.log"),
            password: self.state.superuser_password.clone(),
            preferred_port: self.state.postgres_port,
            disposable: self.disposable,
        };
        let postgres = Postgres::start(programs, cluster)?;
        self.state.cluster_made = true;
        self.state.postgres_port = Some(postgres.port());
        self.state.save(&self.store)?;
        let owner = self.owner(&postgres);
        services::create_owner(&postgres.superuser(), &owner)?;
        services::create_database(&postgres.superuser(), &owner)?;
        Ok(postgres)
    }

    /// Starts this instance's Redis.
    pub fn start_redis(&mut self, program: &RedisProgram) -> Result<Redis> {
        let redis = Redis::start(program, &self.store, self.state.redis_port)?;
        self.state.redis_port = Some(redis.port());
        self.state.save(&self.store)?;
        Ok(redis)
    }

    /// The owner's URL of the instance's database.
    #[must_use]
    pub fn owner(&self, postgres: &Postgres) -> StoreUrl {
        StoreUrl {
            user: OWNER.to_owned(),
            password: self.state.owner_password.clone(),
            database: DATABASE.to_owned(),
            ..postgres.superuser()
        }
    }

    /// The runtime role's URL of the owner's database; `migrate` creates the role.
    #[must_use]
    pub fn runtime(&self, owner: &StoreUrl) -> StoreUrl {
        StoreUrl {
            // Roles belong to the whole server, which may serve several Shells.
            user: format!("{}_app", plain(&owner.database)),
            password: self.state.runtime_password.clone(),
            ..owner.clone()
        }
    }

    /// Removes the data of a disposable instance once all its services have stopped.
    pub fn close(self) -> Result<()> {
        if !self.disposable {
            return Ok(());
        }
        remove_disposable(&self.home)?;
        let _ = std::fs::remove_file(env_file(&self.home));
        if !State::exists(&self.home) {
            std::fs::remove_dir_all(&self.home)
                .with_context(|| format!("cannot remove {}", self.home.display()))?;
        }
        Ok(())
    }
}

/// The folder for what tests on a disposable instance start themselves.
#[must_use]
pub fn tests_folder(store: &Path) -> PathBuf {
    store.join("tests")
}

fn disposable_store(home: &Path) -> PathBuf {
    home.join("ephemeral")
}

fn remove_disposable(home: &Path) -> Result<()> {
    let store = disposable_store(home);
    if store.exists() {
        state::stop_leftovers(&store)?;
        let tests = tests_folder(&store);
        if tests.exists() {
            stop_leftovers_below(&tests)?;
        }
        state::remove_outside(&store)?;
        std::fs::remove_dir_all(&store)
            .with_context(|| format!("cannot remove {}", store.display()))?;
    }
    Ok(())
}

/// Creates the folder, or checks that it is one of ours.
fn prepare(home: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(home).with_context(|| format!("cannot create {}", home.display()))?;
    let home = home
        .canonicalize()
        .with_context(|| format!("cannot open {}", home.display()))?;
    let mut entries = home
        .read_dir()
        .with_context(|| format!("cannot list {}", home.display()))?;
    if entries.next().is_some() && !home.join(LOCK).exists() {
        bail!(
            "{} contains files that are not a Shell's data: name another folder",
            home.display()
        );
    }
    Ok(home)
}

fn lock(home: &Path) -> Result<File> {
    let path = home.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "another `cargo xtask` is using {}: stop it, or name another folder with --data-dir",
            home.display()
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// A name that needs no encoding in a URL and no quotes in SQL.
fn plain(name: &str) -> String {
    let fit = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    name.chars().map(fit).collect()
}

#[cfg(test)]
mod tests;
