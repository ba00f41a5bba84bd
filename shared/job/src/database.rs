//! PostgreSQL, one synchronous statement at a time.

use spin_sdk_jobs::pg4::{Connection, DbError, PgError, QueryError};
pub use spin_sdk_jobs::pg4::{DbValue, ParameterValue};

/// The job's connection.
pub struct Database(Connection);

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// PostgreSQL answered with an error.
    #[error("{message} (SQLSTATE {code}){}", advice(.detail, .hint))]
    Refused {
        /// The SQLSTATE.
        code: String,
        /// What PostgreSQL says.
        message: String,
        /// And in detail.
        detail: Option<String>,
        /// And what to do about it.
        hint: Option<String>,
        /// The constraint that stood against it.
        constraint: Option<String>,
    },
    /// PostgreSQL was not reached.
    #[error(
        "PostgreSQL cannot be reached or refuses the login; look at database_host, database_name and migration_database_*"
    )]
    Unreached,
    /// The connection broke, or the host could not pass the statement on.
    #[error("the statement did not get through: {0}")]
    Broken(String),
    /// The answer is not what the statement gives.
    #[error("unexpected answer from PostgreSQL")]
    Unexpected,
}

fn advice(detail: &Option<String>, hint: &Option<String>) -> String {
    [detail, hint]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .map(|text| format!("\n  {text}"))
        .collect()
}

impl Database {
    /// Opens the connection.
    pub fn open(url: &str) -> Result<Self, Fault> {
        // What the host says of a failure can hold the URL, and with it the password.
        let database = Connection::open(url)
            .map(Self)
            .map_err(|_| Fault::Unreached)?;
        // Whoever may create objects in `public` could have a job execute them as its own role.
        database.execute("SET search_path = pg_catalog, pg_temp", &[])?;
        Ok(database)
    }

    /// Runs a statement for its effect.
    pub fn execute(&self, statement: &str, parameters: &[ParameterValue]) -> Result<(), Fault> {
        self.0
            .execute(statement, parameters)
            .map(|_| ())
            .map_err(fault)
    }

    /// Runs a statement that gives at least one row: hosts never return from one that gives none.
    pub fn rows(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Vec<Vec<DbValue>>, Fault> {
        let rows = self.0.query(statement, parameters).map_err(fault)?;
        Ok(rows.rows)
    }

    /// Runs a statement that gives exactly one row, of `N` columns.
    pub fn row<const N: usize>(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<[DbValue; N], Fault> {
        let mut rows = self.rows(statement, parameters)?;
        let row = rows
            .pop()
            .filter(|_| rows.is_empty())
            .ok_or(Fault::Unexpected)?;
        row.try_into().map_err(|_| Fault::Unexpected)
    }
}

fn fault(error: PgError) -> Fault {
    match error {
        PgError::QueryFailed(QueryError::DbError(error)) => refused(error),
        PgError::QueryFailed(QueryError::Text(text)) => Fault::Broken(text),
        PgError::ConnectionFailed(_) => Fault::Unreached,
        PgError::BadParameter(text)
        | PgError::ValueConversionFailed(text)
        | PgError::Other(text) => Fault::Broken(text),
    }
}

fn refused(error: DbError) -> Fault {
    let extra = |name: &str| {
        let found = error.extras.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone())
    };
    Fault::Refused {
        hint: extra("hint"),
        constraint: extra("constraint"),
        code: error.code,
        message: error.message,
        detail: error.detail,
    }
}
