//! The errors that a component gets from PostgreSQL.

use std::fmt::Display;

use tokio_postgres::error::DbError;

use crate::wasm::linker::bindings::spin::postgres::postgres::{self as wit, Error, QueryError};

/// A statement that failed, with its SQLSTATE and the names of the constraint, table and so on.
pub fn failed(error: tokio_postgres::Error) -> Error {
    let as_text = format!("{error:?}");
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(as_text),
        Some(refused) => QueryError::DbError(wit::DbError {
            as_text,
            severity: refused.severity().to_owned(),
            code: refused.code().code().to_owned(),
            message: refused.message().to_owned(),
            detail: refused.detail().map(str::to_owned),
            extras: extras(refused),
        }),
    })
}

/// A statement that this host does not support, or whose result it cannot pass on.
pub fn refused(text: impl Display) -> Error {
    Error::QueryFailed(QueryError::Text(text.to_string()))
}

fn extras(error: &DbError) -> Vec<(String, String)> {
    let line = error.line().map(|line| line.to_string());
    let known = [
        ("column", error.column()),
        ("constraint", error.constraint()),
        ("routine", error.routine()),
        ("hint", error.hint()),
        ("table", error.table()),
        ("datatype", error.datatype()),
        ("schema", error.schema()),
        ("file", error.file()),
        ("line", line.as_deref()),
        // Spin's name for it, with the underscore.
        ("where_", error.where_()),
    ];
    let given = known
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    given
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
