//! The owner role and its databases in a private cluster; the migrations create the runtime role.

use anyhow::{Context as _, Result};

use crate::connection::StoreUrl;

/// Makes sure that the owner exists, with this password, and may create the runtime role.
pub fn create_owner(superuser: &StoreUrl, owner: &StoreUrl) -> Result<()> {
    let mut client = superuser.connect()?;
    let name = identifier(&owner.user);
    // CREATE ROLE accepts no parameters.
    let exists = client.query_opt("SELECT FROM pg_roles WHERE rolname = $1", &[&owner.user])?;
    let verb = if exists.is_some() { "ALTER" } else { "CREATE" };
    let password = literal(&owner.password);
    client
        .batch_execute(&format!(
            "{verb} ROLE {name} LOGIN CREATEROLE PASSWORD {password}"
        ))
        .context("cannot create the owner role")
}

/// Makes sure that the owner's database exists.
pub fn create_database(superuser: &StoreUrl, owner: &StoreUrl) -> Result<()> {
    let mut client = superuser.connect()?;
    let query = "SELECT FROM pg_database WHERE datname = $1";
    if client.query_opt(query, &[&owner.database])?.is_some() {
        return Ok(());
    }
    let (database, name) = (identifier(&owner.database), identifier(&owner.user));
    client
        .batch_execute(&format!("CREATE DATABASE {database} OWNER {name}"))
        .with_context(|| format!("cannot create the database {}", owner.database))
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
