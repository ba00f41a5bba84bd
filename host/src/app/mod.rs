//! An application as its manifest and its variables describe it, checked before anything starts.

mod allowed_hosts;
mod manifest;
mod routes;
mod template;
pub mod variables;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};

pub use self::allowed_hosts::AllowedHosts;
use self::manifest::Manifest;
pub use self::routes::{Match, Router};
use self::variables::Variables;

/// A manifest in which every variable has been replaced by its value.
pub struct App {
    /// Which component answers which path; empty for an application of jobs.
    pub router: Router,
    /// The component of the first `command` trigger.
    pub command: Option<String>,
    /// The components by their id.
    pub components: HashMap<String, Arc<Component>>,
}

/// What a component is and may do.
pub struct Component {
    /// Its name in the manifest.
    pub id: String,
    /// Its `.wasm`.
    pub source: PathBuf,
    /// The servers that it may connect to.
    pub allowed_hosts: AllowedHosts,
    /// The values that `variables.get` returns.
    pub variables: HashMap<String, String>,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
    /// The folders that it may read, each with its path in the component.
    pub mounts: Vec<(PathBuf, String)>,
}

/// The components of a manifest with the paths of their `.wasm` files; needs no variables.
pub fn sources(path: &Path) -> Result<Vec<(String, PathBuf)>> {
    let components = Manifest::read(path)?.component.into_iter();
    components
        .map(|(id, component)| Ok((id, source(path, &component.source)?)))
        .collect()
}

impl App {
    /// Reads a manifest and resolves its variables.
    pub fn load(path: &Path, given: &[(String, String)]) -> Result<Self> {
        let manifest = Manifest::read(path)?;
        let environment = |name: &str| std::env::var(name).ok();
        let variables = Variables::resolve(&manifest.variables, given, environment)?;
        let routes = manifest
            .trigger
            .http
            .into_iter()
            .map(|http| (http.route, http.component));
        let mut components = HashMap::new();
        for (id, described) in manifest.component {
            let component = Component::new(path, &id, described, &variables)
                .with_context(|| format!("[component.{id}]"))?;
            components.insert(id, Arc::new(component));
        }
        Ok(Self {
            router: Router::new(routes)?,
            command: manifest
                .trigger
                .command
                .into_iter()
                .next()
                .map(|first| first.component),
            components,
        })
    }
}

impl Component {
    fn new(
        manifest: &Path,
        id: &str,
        described: manifest::Component,
        variables: &Variables,
    ) -> Result<Self> {
        let mut mounts = Vec::new();
        for mount in described.files {
            let folder = beside(manifest, &mount.source);
            ensure!(
                folder.is_dir(),
                "files: {} is not a folder",
                folder.display()
            );
            mounts.push((folder, mount.destination));
        }
        Ok(Self {
            id: id.to_owned(),
            source: source(manifest, &described.source)?,
            allowed_hosts: AllowedHosts::parse(&described.allowed_outbound_hosts, variables)?,
            variables: variables.of_component(&described.variables)?,
            environment: described.environment.into_iter().collect(),
            mounts,
        })
    }
}

fn source(manifest: &Path, source: &str) -> Result<PathBuf> {
    let path = beside(manifest, source);
    ensure!(
        path.is_file(),
        "{} does not exist; build it with `cargo xtask build`",
        path.display()
    );
    Ok(path)
}

/// A path relative to the manifest; `join` leaves an absolute one unchanged.
fn beside(manifest: &Path, path: &str) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("")).join(path)
}
