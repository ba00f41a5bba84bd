//! Converts a component's parameters to PostgreSQL's.

use bytes::BytesMut;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::wasm::linker::bindings::spin::postgres::postgres::ParameterValue;

/// A parameter that the client can send.
pub type Parameter = Box<dyn ToSql + Send + Sync>;

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Converts all parameters of a statement.
pub fn all(values: Vec<ParameterValue>) -> Result<Vec<Parameter>, String> {
    let numbered = values.into_iter().enumerate();
    let convert =
        |(index, value)| one(value).map_err(|error| format!("parameter ${}: {error}", index + 1));
    numbered.map(convert).collect()
}

fn one(value: ParameterValue) -> Result<Parameter, Fault> {
    Ok(match value {
        ParameterValue::Boolean(value) => Box::new(value),
        ParameterValue::Int8(value) => Box::new(value),
        ParameterValue::Int16(value) => Box::new(value),
        ParameterValue::Int32(value) => Box::new(value),
        ParameterValue::Int64(value) => Box::new(value),
        ParameterValue::Floating32(value) => Box::new(value),
        ParameterValue::Floating64(value) => Box::new(value),
        ParameterValue::Str(value) => Box::new(value),
        ParameterValue::Binary(value) => Box::new(value),
        ParameterValue::Date((year, month, day)) => Box::new(date(year, month, day)?),
        ParameterValue::Time((hour, minute, second, nanosecond)) => {
            Box::new(Time::from_hms_nano(hour, minute, second, nanosecond)?)
        }
        ParameterValue::Datetime((year, month, day, hour, minute, second, nanosecond)) => {
            let time = Time::from_hms_nano(hour, minute, second, nanosecond)?;
            Box::new(PrimitiveDateTime::new(date(year, month, day)?, time))
        }
        ParameterValue::Timestamp(seconds) => {
            Box::new(OffsetDateTime::from_unix_timestamp(seconds)?)
        }
        ParameterValue::Uuid(text) => Box::new(uuid::Uuid::parse_str(&text)?),
        ParameterValue::Jsonb(text) => {
            Box::new(serde_json::from_slice::<serde_json::Value>(&text)?)
        }
        ParameterValue::ArrayInt32(values) => Box::new(values),
        ParameterValue::ArrayInt64(values) => Box::new(values),
        ParameterValue::ArrayStr(values) => Box::new(values),
        ParameterValue::DbNull => Box::new(Null),
        ParameterValue::Decimal(_)
        | ParameterValue::ArrayDecimal(_)
        | ParameterValue::Interval(_)
        | ParameterValue::RangeInt32(_)
        | ParameterValue::RangeInt64(_)
        | ParameterValue::RangeDecimal(_) => {
            return Err(
                "this host sends no decimals, intervals or ranges; send text and cast it".into(),
            );
        }
    })
}

fn date(year: i32, month: u8, day: u8) -> Result<Date, time::error::ComponentRange> {
    Date::from_calendar_date(year, Month::try_from(month)?, day)
}

/// A NULL of whatever type the statement needs.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Fault> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
