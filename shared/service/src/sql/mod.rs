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

/// From asking for a connection to the last row.
const DEADLINE: Duration = Duration::from_secs(3);

static DATABASE_URL: OnceLock<String> = OnceLock::new();

/// Why a statement gave no row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL cannot be reached, lets nobody in, or did not answer in time.
    #[error("PostgreSQL: {0}")]
    Away(String),
    /// PostgreSQL answered that the statement failed.
    #[error("PostgreSQL failed with SQLSTATE {code}: {message}")]
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

impl From<Error> for Problem {
    fn from(fault: Error) -> Self {
        match fault {
            Error::Configuration(problem) => problem,
            Error::Away(_) => Self::unavailable(vec!["postgresql"]).with_cause(fault.to_string()),
            _ => Self::internal(fault.to_string()),
        }
    }
}

/// A call of a function of the schema `shell`, while its parameters are put together, in their order.
///
/// JSON travels as text: hosts read a `jsonb` parameter into values, which costs time and rounds its numbers.
pub struct Call {
    function: &'static str,
    parameters: Vec<ParameterValue>,
    /// The parameters' places, as the statement has them.
    places: String,
}

/// Begins a call on behalf of a request, which is every such function's first parameter.
pub fn call(function: &'static str, authorized: &Authorized<'_>) -> Call {
    let call = Call {
        function,
        parameters: Vec::new(),
        places: String::new(),
    };
    call.json_text(authorized.json())
}

impl Call {
    /// A parameter that the others do not make.
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

    /// An `integer`. What is larger than one can be becomes the largest.
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

    /// A value as `jsonb`. One that cannot be JSON becomes what PostgreSQL refuses.
    pub fn json(self, value: &impl Serialize) -> Self {
        self.json_text(serde_json::to_string(value).unwrap_or_default())
    }

    fn json_text(self, json: String) -> Self {
        self.placed(ParameterValue::Str(json), "::text::jsonb")
    }

    /// Calls a function that gives columns, `refusal` among them: what is refused is a problem.
    pub async fn row(self) -> Result<Row, Problem> {
        let mut row = self.row_or_refusal().await?;
        match row.text("refusal")? {
            Some(refusal) => Err(tenant::refused(&refusal)),
            None => Ok(row),
        }
    }

    /// The same for who tells the refused something of its own.
    pub async fn row_or_refusal(self) -> Result<Row, Error> {
        let statement = ["SELECT * FROM ", &self.expression()].concat();
        one_row(&statement, self.parameters).await
    }

    /// Calls a function that gives one value, in a column of the function's name: PostgreSQL sets a row
    /// aside and reads it again, which costs something.
    pub async fn value(self) -> Result<Row, Error> {
        let statement = ["SELECT ", &self.expression()].concat();
        one_row(&statement, self.parameters).await
    }

    fn expression(&self) -> String {
        format!("shell.{}({})", self.function, self.places)
    }
}

/// What a function answered that makes a change, as `migrations/functions/changes.sql` has it.
pub struct Changed {
    /// What came of it.
    pub outcome: String,
    /// What stands now, as JSON.
    pub document: Option<String>,
    /// What Redis is to be told.
    change: Option<String>,
}

impl Changed {
    /// Of a row; other columns stay in it.
    pub fn of(row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            outcome: row.text("outcome")?.unwrap_or_default(),
            document: row.text("document")?,
            change: row.text("change")?,
        })
    }

    /// What Redis is to be told of a change that stands.
    pub fn to_tell(&self) -> Result<&str, Problem> {
        let change = self.change.as_deref();
        change.ok_or_else(|| Problem::internal("a change does not say what to tell Redis"))
    }
}

/// The one row of a statement that always gives one.
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

    /// A column of type `text[]` that always has so many elements.
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

/// Runs a statement that gives exactly one row.
///
/// The connection is opened for this request: one that is kept would take its place in the host's
/// pool for as long as the instance lives.
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
        // What the host says of a connection can hold its address: not even the log gets it.
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
    // Classes 08, 40, 53, 57: connections, a transaction that gave way to another, resources, an
    // operator or a time limit stepping in; 55P03: a lock not had in time. Waiting helps with these.
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
