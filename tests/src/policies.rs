//! The data for a decision about a subject, as PostgreSQL returns it.

use serde_json::Value;
use uuid::Uuid;

use crate::{TestDatabase, sql::caller};

/// The policies of subjects in an organization.
pub fn find(database: &TestDatabase, organization: &str, subjects: &[&str]) -> Vec<Value> {
    let query = "SELECT refusal, organization_id, policies FROM shell.find_access($1, $2::text[])";
    let organization = database.organization(organization);
    let row = database
        .as_runtime()
        .query_one(query, &[&caller(organization), &subjects])
        .unwrap();
    assert_eq!(row.get::<_, Option<String>>(0), None);
    assert_eq!(row.get::<_, Uuid>(1), organization);
    serde_json::from_str(row.get(2)).unwrap()
}
