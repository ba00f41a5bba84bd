//! PostgreSQL: one statement for each request, on a connection of the host's pool.

use std::{fmt::Write as _, sync::OnceLock, time::Duration};

use serde::Serialize;
pub use spin_sdk::pg::ParameterValue;
use spin_sdk::pg::{Column, Connection, DbError, DbValue, Error as SdkError, PgError, QueryError};

use uuid::Uuid;

use crate::{
    deadline,
    problem::Problem,
    tenant::{self, Authorized},
    variables,
};

/// The time limit of a request, from opening the connection to the last row.
const DEADLINE: Duration = Duration::from_secs(3);

static DATABASE_URL: OnceLock<String> = OnceLock::new();

/// Why a statement returned no row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL cannot be reached, refuses the connection, or did not answer in time.
    #[error("PostgreSQL: {0}")]
    Away(String),
    /// PostgreSQL answered that the statement failed.
    #[error("PostgreSQL failed with SQLSTATE {code}: {message}")]
    Refused {
        /// The SQLSTATE.
        code: String,
        /// PostgreSQL's message, for the log.
        message: String,
    },
    /// The answer does not have the form that the statement's function returns.
    #[error("unexpected answer: {0}")]
    Unexpected(&'static str),
    /// The component's own configuration is wrong.
    #[error("configuration")]
    Configuration(Problem),
}

impl From<Error> for Problem {
    fn from(fault: Error) -> Self {
        match fault {
            Error::Configuration(problem) => problem,
            Error::Away(_) => Self::unavailable(vec!["postgresql"]).with_cause(fault.to_string()),
            _ => Self::internal(fault.to_string()),
        }
    }
}

/// A call of a function of the schema `shell`, to which parameters are added in their order.
///
/// JSON travels as text: hosts read a `jsonb` parameter into values, which costs time and rounds its numbers.
pub struct Call {
    function: &'static str,
    parameters: Vec<ParameterValue>,
    /// The placeholders of the parameters in the statement.
    places: String,
}

/// Begins a call on behalf of a request, which is the first parameter of every such function.
pub fn call(function: &'static str, authorized: &Authorized<'_>) -> Call {
    let call = Call {
        function,
        parameters: Vec::new(),
        places: String::new(),
    };
    call.json_text(authorized.json())
}

impl Call {
    /// A parameter for which there is no method below.
    pub fn parameter(self, value: ParameterValue) -> Self {
        self.placed(value, "")
    }

    fn placed(mut self, value: ParameterValue, cast: &str) -> Self {
        self.parameters.push(value);
        let place = self.parameters.len();
        let comma = if place > 1 { ", " } else { "" };
        // Writing to a text cannot fail.
        let _ = write!(self.places, "{comma}${place}{cast}");
        self
    }

    /// A text.
    pub fn text(self, text: impl ToString) -> Self {
        self.parameter(ParameterValue::Str(text.to_string()))
    }

    /// A text, or NULL.
    pub fn optional_text(self, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.parameter(ParameterValue::DbNull),
        }
    }

    /// A UUID.
    pub fn uuid(self, id: Uuid) -> Self {
        self.parameter(ParameterValue::Uuid(id.to_string()))
    }

    /// A UUID, or NULL.
    pub fn optional_uuid(self, id: Option<Uuid>) -> Self {
        match id {
            Some(id) => self.uuid(id),
            None => self.parameter(ParameterValue::DbNull),
        }
    }

    /// An `integer`. A number that is too large becomes the largest `integer`.
    pub fn integer(self, number: impl TryInto<i32>) -> Self {
        let number = number.try_into().unwrap_or(i32::MAX);
        self.parameter(ParameterValue::Int32(number))
    }

    /// A `text[]`, or NULL.
    pub fn optional_texts(self, texts: Option<Vec<String>>) -> Self {
        let value = texts.map_or(ParameterValue::DbNull, |texts| {
            ParameterValue::ArrayStr(texts.into_iter().map(Some).collect())
        });
        self.parameter(value)
    }

    /// A value as `jsonb`. One that cannot be serialized becomes an empty text, which PostgreSQL refuses.
    pub fn json(self, value: &impl Serialize) -> Self {
        self.json_text(serde_json::to_string(value).unwrap_or_default())
    }

    fn json_text(self, json: String) -> Self {
        self.placed(ParameterValue::Str(json), "::text::jsonb")
    }

    /// Calls a function that returns columns, one of them `refusal`: a refusal becomes a problem.
    pub async fn row(self) -> Result<Row, Problem> {
        let mut row = self.row_or_refusal().await?;
        match row.text("refusal")? {
            Some(refusal) => Err(tenant::refused(&refusal)),
            None => Ok(row),
        }
    }

    /// The same, for callers that answer a refusal themselves.
    pub async fn row_or_refusal(self) -> Result<Row, Error> {
        let statement = ["SELECT * FROM ", &self.expression()].concat();
        one_row(&statement, self.parameters).await
    }

    /// Calls a function that returns one value, in a column with the function's name. It is not called in FROM, where
    /// PostgreSQL would store the row and read it again, which takes time.
    pub async fn value(self) -> Result<Row, Error> {
        let statement = ["SELECT ", &self.expression()].concat();
        one_row(&statement, self.parameters).await
    }

    fn expression(&self) -> String {
        format!("shell.{}({})", self.function, self.places)
    }
}

/// The result of a function that makes a change, as `migrations/functions/changes.sql` describes it.
pub struct Changed {
    /// The outcome.
    pub outcome: String,
    /// The current content, as JSON.
    pub document: Option<String>,
    /// The change, for Redis.
    change: Option<String>,
}

impl Changed {
    /// Reads it from a row, whose other columns remain.
    pub fn of(row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            outcome: row.text("outcome")?.unwrap_or_default(),
            document: row.text("document")?,
            change: row.text("change")?,
        })
    }

    /// The change, with which Redis is updated.
    pub fn to_tell(&self) -> Result<&str, Problem> {
        let change = self.change.as_deref();
        change.ok_or_else(|| Problem::internal("a change does not say what to tell Redis"))
    }
}

/// The one row of a statement that always returns one.
pub struct Row {
    columns: Vec<Column>,
    values: Vec<DbValue>,
}

impl Row {
    /// A column of type `text`.
    pub fn text(&mut self, column: &str) -> Result<Option<String>, Error> {
        match self.take(column)? {
            DbValue::Str(text) => Ok(Some(text)),
            DbValue::DbNull => Ok(None),
            _ => Err(Error::Unexpected("a column is not a text")),
        }
    }

    /// A column of type `uuid`.
    pub fn uuid(&mut self, column: &str) -> Result<Option<Uuid>, Error> {
        match self.take(column)? {
            DbValue::Uuid(id) => Uuid::try_parse(&id)
                .map(Some)
                .map_err(|_| Error::Unexpected("a UUID is not valid")),
            DbValue::DbNull => Ok(None),
            _ => Err(Error::Unexpected("a column is not a UUID")),
        }
    }

    /// A column of type `bigint`.
    pub fn bigint(&mut self, column: &str) -> Result<Option<i64>, Error> {
        match self.take(column)? {
            DbValue::Int64(number) => Ok(Some(number)),
            DbValue::DbNull => Ok(None),
            _ => Err(Error::Unexpected("a column is not a bigint")),
        }
    }

    /// A column of type `boolean`.
    pub fn boolean(&mut self, column: &str) -> Result<Option<bool>, Error> {
        match self.take(column)? {
            DbValue::Boolean(value) => Ok(Some(value)),
            DbValue::DbNull => Ok(None),
            _ => Err(Error::Unexpected("a column is not a boolean")),
        }
    }

    /// A column of type `text[]` that always has this number of elements.
    pub fn texts<const COUNT: usize>(
        &mut self,
        column: &str,
    ) -> Result<[Option<String>; COUNT], Error> {
        match self.take(column)? {
            DbValue::ArrayStr(texts) => texts
                .try_into()
                .map_err(|_| Error::Unexpected("an array does not have the expected length")),
            _ => Err(Error::Unexpected("a column is not an array of texts")),
        }
    }

    fn take(&mut self, name: &str) -> Result<DbValue, Error> {
        let mut columns = self.columns.iter().zip(&mut self.values);
        let value = columns.find(|(column, _)| column.name == name);
        value
            .map(|(_, value)| std::mem::replace(value, DbValue::DbNull))
            .ok_or(Error::Unexpected("a column is missing"))
    }
}

/// Runs a statement that returns exactly one row.
///
/// The connection is opened for this request: one that an instance kept would hold its place in the host's pool for
/// as long as the instance lives.
pub async fn one_row(statement: &str, parameters: Vec<ParameterValue>) -> Result<Row, Error> {
    let url = variables::get_once(&DATABASE_URL, "database_url")
        .await
        .map_err(Error::Configuration)?;
    let work = async {
        let connection = Connection::open(url).await?;
        let answer = connection.query(statement, parameters).await?;
        let (columns, mut rows, result) = answer.into_inner();
        let first = rows.next().await;
        // A stream that has ended must not be read again: that traps.
        let second = match &first {
            Some(_) => rows.next().await,
            None => None,
        };
        result.await?;
        Ok((columns, first, second))
    };
    let answer = deadline::within(DEADLINE, work)
        .await
        .map_err(|_| Error::Away("no answer within 3 s".to_owned()))?
        .map_err(fault)?;
    match answer {
        (columns, Some(values), None) => Ok(Row { columns, values }),
        _ => Err(Error::Unexpected(
            "the answer does not have exactly one row",
        )),
    }
}

fn fault(error: SdkError) -> Error {
    match error {
        SdkError::Decode(_) => Error::Unexpected("a value cannot be decoded"),
        SdkError::PgError(PgError::QueryFailed(QueryError::DbError(error))) => refused(error),
        // The host's message about a connection can contain the address, which must not reach even the log.
        SdkError::PgError(PgError::ConnectionFailed(text)) => {
            Error::Away(reasons::Postgres::of_failed_open(&text).to_string())
        }
        SdkError::PgError(PgError::QueryFailed(QueryError::Text(_))) => {
            Error::Away("the connection was lost".to_owned())
        }
        SdkError::PgError(_) => Error::Unexpected("the host could not run the statement"),
    }
}

fn refused(error: DbError) -> Error {
    if let Some(reason) = reasons::Postgres::of_sqlstate(&error.code, &error.message) {
        return Error::Away(format!("{reason} ({})", error.code));
    }
    // Classes 08, 40, 53, 57: connection errors, a transaction that had to give way to another, insufficient
    // resources, an intervention by an operator or a time limit; 55P03: a lock that was not available in time. Later
    // these may succeed.
    let away = ["08", "40", "53", "57", "55P03"]
        .iter()
        .any(|start| error.code.starts_with(start));
    if away {
        Error::Away(format!("{}: {}", error.code, error.message))
    } else {
        Error::Refused {
            code: error.code,
            message: error.message,
        }
    }
}
