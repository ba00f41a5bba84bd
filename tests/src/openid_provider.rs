//! A certified third-party OpenID provider on loopback; see `xtask::openid_provider`.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use uuid::Uuid;
use xtask::{issuer::AUDIENCE, openid_provider, process::Process, secret};

use crate::{OpenidVisitor, Setup, Shell};

/// A running provider, until it is dropped.
pub struct OpenidProvider {
    process: Process,
    issuer: String,
    keys: PathBuf,
    organization: Uuid,
    logouts: Option<String>,
}

impl OpenidProvider {
    /// A provider whose tokens are for acme, and a Shell that accepts them. `None` if the program has not been fetched.
    pub fn with_shell(setup: Setup) -> Option<(Self, Shell)> {
        let organization = setup.database().organization("acme");
        let Some(provider) = Self::start(&setup, organization) else {
            println!("oidc-provider left out: `cargo xtask test --openid-provider` has it");
            return None;
        };
        let shell = setup
            .variable("oidc_issuer", provider.issuer())
            .variable("oidc_host", provider.issuer())
            .variable("oidc_jwks", "")
            .start();
        Some((provider, shell))
    }

    fn start(setup: &Setup, organization: Uuid) -> Option<Self> {
        let folder = &setup.environment.folder;
        let keys = folder.join(secret::random_token().unwrap());
        let (process, issuer) = serve(&keys, organization, "0", None)?;
        Some(Self {
            process,
            issuer,
            keys,
            organization,
            logouts: None,
        })
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Restarts it: another key signs from now on.
    pub fn rotate(&mut self) {
        let (_, port) = self.issuer.rsplit_once(':').unwrap();
        self.process.kill();
        let logouts = self.logouts.as_deref();
        let served = serve(&self.keys, self.organization, port, logouts);
        let (process, issuer) = served.unwrap();
        assert_eq!(issuer, self.issuer);
        self.process = process;
    }

    /// Restarts it, so that it sends logout tokens to this address. It then has no sessions from before.
    pub fn tell_logouts_at(&mut self, address: String) {
        self.logouts = Some(address);
        self.rotate();
    }

    /// A browser in which nobody has signed in yet.
    pub fn visitor(&self) -> OpenidVisitor<'_> {
        OpenidVisitor::new(&self.issuer)
    }

    /// A token for the Shell that a service gets for its secret.
    pub fn token(&self) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "reporting"),
            ("client_secret", "of-the-tests"),
            ("resource", "urn:shell"),
        ];
        let mut answer = ureq::post(format!("{}/token", self.issuer))
            .send_form(form)
            .unwrap();
        let answer: Value = answer.body_mut().read_json().unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

/// Starts it and waits until it is ready.
fn serve(
    keys: &Path,
    organization: Uuid,
    port: &str,
    logouts: Option<&str>,
) -> Option<(Process, String)> {
    let mut command = openid_provider::program()?;
    command
        .arg(keys)
        .args([AUDIENCE, &organization.to_string(), port])
        .args(logouts)
        .stdout(Stdio::piped())
        // It warns that its state is only in memory.
        .stderr(Stdio::null());
    let mut process = Process::spawn("oidc-provider", &mut command).unwrap();
    let mut lines = BufReader::new(process.take_stdout().unwrap()).lines();
    let issuer = lines.next().expect("it serves").unwrap();
    Some((process, issuer))
}
