//! The part of Spin's manifest, version 2, that this host supports; anything else is an error.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::variables::Declaration;

/// A `spin.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    #[serde(rename = "application")]
    _application: Application,
    /// The declared variables of the application.
    #[serde(default)]
    pub variables: BTreeMap<String, Declaration>,
    /// The triggers, which start components.
    pub trigger: Triggers,
    /// The components by their id.
    #[serde(default)]
    pub component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "version")]
    _version: Option<IgnoredAny>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "authors")]
    _authors: Option<IgnoredAny>,
}

/// The `[[trigger.…]]` tables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triggers {
    /// Routes of an HTTP application.
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
    /// Components that run once.
    #[serde(default)]
    pub command: Vec<CommandTrigger>,
}

/// A `[[trigger.http]]` table: a route and its component.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// The route's pattern.
    pub route: String,
    /// The id of the component that answers its requests.
    pub component: String,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
}

/// A `[[trigger.command]]` table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandTrigger {
    /// The id of the component that runs.
    pub component: String,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
}

/// A `[component.…]` table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The `.wasm`, relative to the manifest.
    pub source: String,
    /// The servers that it may connect to.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The variables that it can read.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Its environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The folders it may read.
    #[serde(default)]
    pub files: Vec<Mount>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "build")]
    _build: Option<IgnoredAny>,
}

/// A folder of the machine and its path in the component.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table { source = …, destination = … } (this host knows no patterns)"
)]
pub struct Mount {
    /// The folder, relative to the manifest.
    pub source: String,
    /// Its path in the component.
    pub destination: String,
}

impl Manifest {
    /// Reads and checks a manifest.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("reading {}; name a manifest with -f", path.display()))?;
        Self::parse(&text)
            .with_context(|| format!("{} is not a manifest this host can run", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        ensure!(
            manifest.spin_manifest_version == 2,
            "spin_manifest_version is {}, it must be 2",
            manifest.spin_manifest_version
        );
        let routed = manifest
            .trigger
            .http
            .iter()
            .map(|trigger| &trigger.component);
        let commands = manifest
            .trigger
            .command
            .iter()
            .map(|trigger| &trigger.component);
        for id in routed.chain(commands) {
            ensure!(
                manifest.component.contains_key(id),
                "a trigger names the component `{id}`, but there is no [component.{id}]"
            );
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"a\"\n";
    const TRIGGER: &str = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"c\"\n";

    fn check(text: &str, fault: &str) {
        let error = Manifest::parse(text).err().expect("a fault");
        assert!(format!("{error:#}").contains(fault), "{error:#}");
    }

    #[test]
    fn reads_what_the_application_uses() {
        let text = format!(
            "{HEAD}{TRIGGER}[component.c]\nsource = \"c.wasm\"\nfiles = [{{ source = \"a\", destination = \"/a\" }}]\n[component.c.build]\ncommand = \"make\""
        );
        let manifest = Manifest::parse(&text).expect("a manifest");
        assert_eq!(manifest.component.len(), 1);
    }

    #[test]
    fn refuses_what_it_does_not_offer() {
        let with =
            |line: &str| format!("{HEAD}{TRIGGER}[component.c]\nsource = \"c.wasm\"\n{line}");
        check(
            &with("key_value_stores = [\"default\"]"),
            "key_value_stores",
        );
        check(
            &with("sqlite_databases = [\"default\"]"),
            "sqlite_databases",
        );
        check(&with("files = [\"assets/*\"]"), "knows no patterns");
        check(
            &format!("{HEAD}[[trigger.redis]]\nchannel = \"c\""),
            "redis",
        );
    }

    #[test]
    fn refuses_an_unknown_component_and_another_version() {
        check(&format!("{HEAD}{TRIGGER}"), "there is no [component.c]");
        check(
            "spin_manifest_version = 1\ntrigger = {}\n[application]\nname = \"a\"",
            "must be 2",
        );
    }
}
