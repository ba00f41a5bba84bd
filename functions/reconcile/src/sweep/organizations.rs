//! The organizations of the realm.

use anyhow::{Context as _, anyhow};

use super::Sweep;
use crate::answer::Kind;
use crate::pages::Pages;
use crate::reading::{Fact, organizations::organization};

impl Sweep<'_> {
    /// Reads all organizations, and returns their identifiers.
    pub(super) async fn organizations(&mut self) -> anyhow::Result<Vec<String>> {
        let mut all = Vec::new();
        if !self.has_organizations {
            return Ok(all);
        }
        let path = "organizations?briefRepresentation=true";
        let owners = &[Kind::Resource];
        let mut pages = Pages::of(self.client, Kind::Organization, owners, path);
        while let Some(page) = pages.next().await? {
            if page.is_gone(Kind::Resource) {
                self.has_organizations = false;
                return Ok(all);
            }
            for object in page.list(Kind::Organization).context("organizations")? {
                let told = organization(&object).map_err(|fault| {
                    anyhow!("an item of the list of organizations: {}", fault.0)
                })?;
                all.push(told.organization.clone());
                self.add_fact(page.at, Fact::Organization(told))?;
            }
        }
        Ok(all)
    }
}
