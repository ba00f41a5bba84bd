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
        /// PostgreSQL's message.
        message: String,
        /// PostgreSQL's detail.
        detail: Option<String>,
        /// PostgreSQL's hint.
        hint: Option<String>,
        /// The constraint that was violated.
        constraint: Option<String>,
    },
    /// PostgreSQL was not reached, or refused the connection.
    #[error("PostgreSQL: {}; look at {}", .0, variables(*.0))]
    Unreached(reasons::Postgres),
    /// The connection broke, or the host could not send the statement.
    #[error("the statement could not be sent: {0}")]
    Broken(String),
    /// The answer does not have the form that the statement returns.
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

/// What to check: variables of the manifest, if these may be the cause.
fn variables(reason: reasons::Postgres) -> &'static str {
    use reasons::Postgres;
    match reason {
        Postgres::PasswordRefused => {
            "migration_database_user and migration_database_password (percent-encoded)"
        }
        Postgres::LoginRefused => "migration_database_user, and at the server's pg_hba.conf",
        Postgres::TlsRequired | Postgres::TlsFailed => {
            "database_host, and whether the host of this job supports TLS"
        }
        Postgres::NoSuchDatabase => "database_name; an administrator creates the database",
        Postgres::MayNotConnect => "the rights of migration_database_user on database_name",
        Postgres::TooManyConnections => {
            "the server's max_connections and the role's CONNECTION LIMIT, and try again"
        }
        Postgres::NotServing => "the server's log, and try again",
        Postgres::NoPreparedStatements => {
            "the pooler's settings, or name PostgreSQL itself as database_host"
        }
        Postgres::ReadOnly | Postgres::NotAllowed | Postgres::Unreached => "database_host",
        Postgres::InvalidAddress => {
            "database_host, database_name and migration_database_*, which are percent-encoded"
        }
        Postgres::Refused => "the server's log",
    }
}

impl Database {
    /// Opens the connection.
    pub fn open(url: &str) -> Result<Self, Fault> {
        // The host's message about a failure can contain the URL, and with it the password.
        let database = Connection::open(url).map(Self).map_err(unreached)?;
        // Otherwise, a role that may create objects in `public` could make a job execute them as its own role.
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

    /// Runs a statement that returns at least one row: hosts never return from one that returns none. An error of
    /// PostgreSQL while rows are read is mostly [`Fault::Broken`], since hosts reduce it to one text.
    pub fn rows(
        &self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<Vec<Vec<DbValue>>, Fault> {
        let rows = self.0.query(statement, parameters).map_err(fault)?;
        Ok(rows.rows)
    }

    /// Runs a statement that returns exactly one row, of `N` columns.
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

fn unreached(error: PgError) -> Fault {
    Fault::Unreached(match error {
        PgError::ConnectionFailed(text) => reasons::Postgres::of_failed_open(&text),
        _ => reasons::Postgres::Unreached,
    })
}

fn fault(error: PgError) -> Fault {
    match error {
        PgError::QueryFailed(QueryError::DbError(error)) => refused(error),
        PgError::QueryFailed(QueryError::Text(text)) => Fault::Broken(without_detail(&text)),
        PgError::ConnectionFailed(_) => unreached(error),
        PgError::BadParameter(text)
        | PgError::ValueConversionFailed(text)
        | PgError::Other(text) => Fault::Broken(text),
    }
}

/// A host's text of an error, without what follows the message: the detail contains the row, with names and
/// addresses.
fn without_detail(text: &str) -> String {
    let kept = text.split(", detail: ").next();
    kept.unwrap_or(text).to_owned()
}

fn refused(error: DbError) -> Fault {
    let reason = reasons::Postgres::of_sqlstate(&error.code, &error.message);
    if let Some(reason @ reasons::Postgres::NoPreparedStatements) = reason {
        // No statement is the cause.
        return Fault::Unreached(reason);
    }
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
