//! Organizations in PostgreSQL.

use serde::Serialize;
use service::{
    page::Limit,
    problem::Problem,
    sql::{self, ParameterValue, optional_text},
    tenant::{self, TenantPath},
};
use vocabulary::{OrganizationStatus, Plan, Slug};

use super::changes::{Author, change, content, parse, wanted};
use crate::{
    api::organizations::{Organization, OrganizationContent},
    organizations::Named,
    outcome::Done,
    versioned::Versioned,
};

/// Content as the table has it.
#[derive(Serialize)]
struct Columns<'a> {
    name: &'a str,
    plan: Plan,
    billing_email: Option<&'a str>,
    billing_reference: Option<&'a str>,
    status: OrganizationStatus,
    domains: &'a [String],
    identity_provider: &'a str,
}

/// The organizations after a slug that the caller may read, one more than the limit at most.
pub async fn list_organizations(
    path: &TenantPath,
    after: Option<&Slug>,
    limit: Limit,
) -> Result<Vec<Organization>, Problem> {
    let mut parameters = sql::tenant_parameters(path);
    parameters.push(optional_text(after));
    let limit = i32::try_from(limit.and_one_more()).unwrap_or(i32::MAX);
    parameters.push(ParameterValue::Int32(limit));
    let statement = "SELECT refusal, document FROM shell.list_organizations($1, $2, $3, $4, $5)";
    let document = read(statement, parameters).await?.unwrap_or_default();
    let kept: Vec<Versioned<Organization>> = parse(&document)?;
    Ok(kept.into_iter().map(|kept| kept.value).collect())
}

/// An organization, where there is one that the caller may read.
pub async fn get_organization(
    path: &TenantPath,
    organization: &Named,
) -> Result<Option<Versioned<Organization>>, Problem> {
    let mut parameters = sql::tenant_parameters(path);
    parameters.extend(named(organization));
    let statement = "SELECT refusal, document FROM shell.get_organization($1, $2, $3, $4, $5)";
    let document = read(statement, parameters).await?;
    document.map(|document| parse(&document)).transpose()
}

/// Creates an organization, or replaces what is said of it.
pub async fn put_organization(
    author: &Author,
    organization: &Named,
    said: &OrganizationContent,
    versions: Option<Vec<String>>,
) -> Result<(Done, Versioned<Organization>), Problem> {
    let columns = Columns {
        name: &said.name,
        plan: said.plan,
        billing_email: said.billing.email.as_deref(),
        billing_reference: said.billing.reference.as_deref(),
        status: said.status,
        domains: &said.domains,
        identity_provider: &said.identity_provider,
    };
    let mut parameters = named(organization).to_vec();
    parameters.push(ParameterValue::Uuid(clock::new_identifier().to_string()));
    parameters.push(content(&columns)?);
    parameters.push(wanted(versions));
    let (done, document) = change("audited_put_organization", author, parameters).await?;
    Ok((done, parse(&document)?))
}

/// What a path names, as the functions take it: a slug, an id, or neither.
pub fn named(organization: &Named) -> [ParameterValue; 2] {
    match organization {
        Named::Slug(slug) => [
            ParameterValue::Str(slug.to_string()),
            ParameterValue::DbNull,
        ],
        Named::Id(id) => [ParameterValue::DbNull, ParameterValue::Uuid(id.to_string())],
        Named::Nobody => [ParameterValue::DbNull, ParameterValue::DbNull],
    }
}

async fn read(statement: &str, parameters: Vec<ParameterValue>) -> Result<Option<String>, Problem> {
    let mut row = sql::one_row(statement, parameters).await?;
    match row.text(0)? {
        Some(refusal) => Err(tenant::refused(&refusal)),
        None => Ok(row.text(1)?),
    }
}
