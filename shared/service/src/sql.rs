//! PostgreSQL: one statement a request, on a connection of the host's pool.

use std::{sync::OnceLock, time::Duration};

pub use spin_sdk::pg::ParameterValue;
use spin_sdk::pg::{Connection, DbError, DbValue, Error as SdkError, PgError, QueryError};

use crate::{deadline, problem::Problem, tenant::TenantPath, variables};

/// From asking for a connection to the last row.
const DEADLINE: Duration = Duration::from_secs(3);

static DATABASE_URL: OnceLock<String> = OnceLock::new();

/// Why a statement gave no row.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// PostgreSQL cannot be reached, lets nobody in, or did not answer in time.
    #[error("PostgreSQL: {0}")]
    Away(String),
    /// PostgreSQL answered that the statement failed.
    #[error("PostgreSQL refused with {code}: {message}")]
    Refused {
        /// The SQLSTATE.
        code: String,
        /// PostgreSQL's words, for the log.
        message: String,
    },
    /// The answer is not what the statement's function gives.
    #[error("unexpected answer: {0}")]
    Unexpected(&'static str),
    /// The component's own configuration is wrong.
    #[error("configuration")]
    Configuration(Problem),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Configuration(problem) => problem,
            Fault::Away(_) => Self::unavailable(vec!["postgresql"]).with_cause(fault.to_string()),
            _ => Self::internal(fault.to_string()),
        }
    }
}

/// The one row of a statement that always gives one.
pub struct Row(Vec<DbValue>);

impl Row {
    /// A column of type `text`.
    pub fn text(&mut self, column: usize) -> Result<Option<String>, Fault> {
        match self
            .0
            .get_mut(column)
            .map(|value| std::mem::replace(value, DbValue::DbNull))
        {
            Some(DbValue::Str(text)) => Ok(Some(text)),
            Some(DbValue::DbNull) => Ok(None),
            _ => Err(Fault::Unexpected("a column is no text")),
        }
    }

    /// A column of type `text[]` that always has so many elements.
    pub fn texts<const COUNT: usize>(
        &mut self,
        column: usize,
    ) -> Result<[Option<String>; COUNT], Fault> {
        let value = self.0.get_mut(column);
        match value.map(|value| std::mem::replace(value, DbValue::DbNull)) {
            Some(DbValue::ArrayStr(texts)) => texts
                .try_into()
                .map_err(|_| Fault::Unexpected("an array has another length")),
            _ => Err(Fault::Unexpected("a column is no array of texts")),
        }
    }
}

/// The first parameters of every function on tenant data: the way to the tenant.
pub fn tenant_parameters(path: &TenantPath) -> Vec<ParameterValue> {
    vec![
        ParameterValue::Uuid(path.organization.to_string()),
        ParameterValue::Str(path.provider.to_string()),
        optional_text(path.acting_for.as_ref()),
    ]
}

/// A text, or NULL.
pub fn optional_text(text: Option<impl ToString>) -> ParameterValue {
    text.map_or(ParameterValue::DbNull, |text| {
        ParameterValue::Str(text.to_string())
    })
}

/// Runs a statement that gives exactly one row.
///
/// The connection is opened for this request: one that is kept would take its place in the host's
/// pool for as long as the instance lives.
pub async fn one_row(statement: &str, parameters: Vec<ParameterValue>) -> Result<Row, Fault> {
    let url = variables::get_once(&DATABASE_URL, "database_url")
        .await
        .map_err(Fault::Configuration)?;
    let work = async {
        let connection = Connection::open(url).await?;
        let (_, mut rows, result) = connection.query(statement, parameters).await?.into_inner();
        let first = rows.next().await;
        // A stream that has ended must not be read again: that traps.
        let second = match &first {
            Some(_) => rows.next().await,
            None => None,
        };
        result.await?;
        Ok((first, second))
    };
    let rows = deadline::within(DEADLINE, work)
        .await
        .map_err(|_| Fault::Away("no answer within 3 s".to_owned()))?
        .map_err(fault)?;
    match rows {
        (Some(row), None) => Ok(Row(row)),
        _ => Err(Fault::Unexpected("not exactly one row")),
    }
}

fn fault(error: SdkError) -> Fault {
    match error {
        SdkError::Decode(_) => Fault::Unexpected("a value cannot be decoded"),
        SdkError::PgError(PgError::QueryFailed(QueryError::DbError(error))) => refused(error),
        // What the host says of a connection can hold its address: not even the log gets it.
        SdkError::PgError(PgError::ConnectionFailed(text)) => {
            Fault::Away(reasons::Postgres::of_failed_open(&text).to_string())
        }
        SdkError::PgError(PgError::QueryFailed(QueryError::Text(_))) => {
            Fault::Away("the connection broke".to_owned())
        }
        SdkError::PgError(_) => Fault::Unexpected("the host could not pass the statement on"),
    }
}

fn refused(error: DbError) -> Fault {
    if let Some(reason) = reasons::Postgres::of_sqlstate(&error.code, &error.message) {
        return Fault::Away(format!("{reason} ({})", error.code));
    }
    // Classes 08, 40, 53, 57: connections, a transaction that gave way to another, resources, an
    // operator or a time limit stepping in; 55P03: a lock not had in time. Waiting helps with these.
    let away = ["08", "40", "53", "57", "55P03"]
        .iter()
        .any(|start| error.code.starts_with(start));
    if away {
        Fault::Away(format!("{}: {}", error.code, error.message))
    } else {
        Fault::Refused {
            code: error.code,
            message: error.message,
        }
    }
}
