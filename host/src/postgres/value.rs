//! Converts PostgreSQL's values to a component's.

use anyhow::{Result, bail};
use time::{Date, PrimitiveDateTime, Time};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::wasm::linker::bindings::spin::postgres::postgres::{Column, DbDataType, DbValue};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The columns of a row.
pub fn columns(row: &Row) -> Vec<Column> {
    let describe = |column: &tokio_postgres::Column| Column {
        name: column.name().to_owned(),
        data_type: data_type(column.type_()),
    };
    row.columns().iter().map(describe).collect()
}

/// The values of a row.
pub fn values(row: &Row) -> Result<Vec<DbValue>> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(index, column)| value(row, index, column.type_()))
        .collect()
}

fn data_type(known: &Type) -> DbDataType {
    match *known {
        Type::BOOL => DbDataType::Boolean,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::BYTEA => DbDataType::Binary,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::TIMESTAMP => DbDataType::Datetime,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        _ => DbDataType::Other(known.name().to_owned()),
    }
}

fn value(row: &Row, index: usize, known: &Type) -> Result<DbValue> {
    match *known {
        Type::BOOL => read(row, index, DbValue::Boolean),
        Type::INT2 => read(row, index, DbValue::Int16),
        Type::INT4 => read(row, index, DbValue::Int32),
        Type::INT8 => read(row, index, DbValue::Int64),
        Type::FLOAT4 => read(row, index, DbValue::Floating32),
        Type::FLOAT8 => read(row, index, DbValue::Floating64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => read(row, index, DbValue::Str),
        Type::BYTEA => read(row, index, DbValue::Binary),
        Type::DATE => read(row, index, |value| DbValue::Date(date(value))),
        Type::TIME => read(row, index, |value| DbValue::Time(time(value))),
        Type::TIMESTAMP => read(row, index, |value| DbValue::Datetime(date_time(value))),
        Type::UUID => read(row, index, |value: uuid::Uuid| {
            DbValue::Uuid(value.to_string())
        }),
        Type::JSONB => read(row, index, |value: serde_json::Value| {
            DbValue::Jsonb(value.to_string().into())
        }),
        Type::INT4_ARRAY => read(row, index, DbValue::ArrayInt32),
        Type::INT8_ARRAY => read(row, index, DbValue::ArrayInt64),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => {
            read(row, index, DbValue::ArrayStr)
        }
        // Spin declares the first of these as supported and fails; it supports the others, but nothing here needs them.
        Type::TIMESTAMPTZ
        | Type::NUMERIC
        | Type::NUMERIC_ARRAY
        | Type::INTERVAL
        | Type::INT4_RANGE
        | Type::INT8_RANGE
        | Type::NUM_RANGE => {
            bail!(
                "column {index} is {known}, which this host does not support; cast it in the statement"
            )
        }
        _ => read(row, index, |Raw(bytes)| DbValue::Unsupported(bytes)),
    }
}

fn read<'a, T: FromSql<'a>>(
    row: &'a Row,
    index: usize,
    wrap: impl FnOnce(T) -> DbValue,
) -> Result<DbValue> {
    let value = row.try_get::<_, Option<T>>(index)?;
    Ok(value.map_or(DbValue::DbNull, wrap))
}

fn date(date: Date) -> (i32, u8, u8) {
    (date.year(), date.month().into(), date.day())
}

fn time(time: Time) -> (u8, u8, u8, u32) {
    time.as_hms_nano()
}

fn date_time(at: PrimitiveDateTime) -> (i32, u8, u8, u8, u8, u8, u32) {
    let ((year, month, day), (hour, minute, second, nanosecond)) =
        (date(at.date()), time(at.time()));
    (year, month, day, hour, minute, second, nanosecond)
}

/// A value of a type that the interface does not have, in PostgreSQL's binary format.
struct Raw(Vec<u8>);

impl FromSql<'_> for Raw {
    fn from_sql(_: &Type, bytes: &[u8]) -> Result<Self, Fault> {
        Ok(Self(bytes.to_owned()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
