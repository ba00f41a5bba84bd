//! `spin:postgres`: asynchronous for HTTP components, synchronous for jobs.

mod error;
mod parameter;
pub mod pool;
mod rows;
mod transaction;
mod value;

use std::sync::Arc;

use tokio_postgres::Config;
use wasmtime::Result;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use self::pool::Connection;
use crate::wasm::linker::Host;
use crate::wasm::linker::bindings::spin::postgres::postgres::{
    self as wit, Column, DbValue, Error, ParameterValue, RowSet,
};
use crate::wasm::state::{Shared, State};

/// Columns, rows, and a future with the final outcome.
type Streamed = (
    Vec<Column>,
    StreamReader<Vec<DbValue>>,
    FutureReader<Result<(), Error>>,
);

/// Opens a connection, or fails with Spin's error messages, in which components look for the reason.
async fn connect(shared: Arc<Shared>, address: String) -> Result<Connection, Error> {
    let config: Config = address
        .parse()
        .map_err(|error: tokio_postgres::Error| Error::ConnectionFailed(error.to_string()))?;
    pool::check(&shared.component.allowed_hosts, &config)
        .map_err(|error| Error::ConnectionFailed(error.to_string()))?;
    shared
        .pools
        .connect(&address, config, &shared.component.id)
        .await
        // With the causes, one per line.
        .map_err(|error| Error::ConnectionFailed(format!("{error:?}")))
}

async fn execute(
    connection: Connection,
    statement: String,
    parameters: Vec<ParameterValue>,
) -> Result<u64, Error> {
    let parameters = parameter::all(parameters).map_err(Error::ValueConversionFailed)?;
    connection
        .execute_raw(&statement, parameters)
        .await
        .map_err(error::failed)
}

impl wit::Host for State {}

impl wit::HostConnection for State {
    async fn open(&mut self, address: String) -> Result<Result<Resource<Connection>, Error>> {
        match connect(self.shared.clone(), address).await {
            Ok(connection) => Ok(Ok(self.table.push(connection)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Result<RowSet, Error>> {
        let connection = self.table.get(&connection)?.clone();
        Ok(query_at_once(connection, statement, parameters).await)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Result<u64, Error>> {
        let connection = self.table.get(&connection)?.clone();
        Ok(execute(connection, statement, parameters).await)
    }

    fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

async fn query_at_once(
    connection: Connection,
    statement: String,
    parameters: Vec<ParameterValue>,
) -> Result<RowSet, Error> {
    let parameters = parameter::all(parameters).map_err(Error::BadParameter)?;
    let answer = rows::query(&connection, &statement, parameters).await?;
    let rows = answer.rows.collect().await?;
    if rows.is_empty() {
        return Err(error::refused(
            "a synchronous query that returns no rows never ends on Spin; \
             make it return one, as `SELECT … FROM (SELECT 1) one LEFT JOIN (…) ON true` does",
        ));
    }
    Ok(RowSet {
        columns: answer.columns,
        rows,
    })
}

impl<T: Send> wit::HostConnectionWithStore<T> for Host {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Result<Result<Resource<Connection>, Error>> {
        let shared = accessor.with(|mut access| access.get().shared.clone());
        match connect(shared, address).await {
            Ok(connection) => {
                accessor.with(|mut access| Ok(Ok(access.get().table.push(connection)?)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Result<Streamed, Error>> {
        let connection = find(accessor, &connection)?;
        let parameters = match parameter::all(parameters) {
            Ok(parameters) => parameters,
            Err(fault) => return Ok(Err(Error::BadParameter(fault))),
        };
        let answer = match rows::query(&connection, &statement, parameters).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error)),
        };
        // A component that drops the rows unread gets a success, as in Spin.
        let outcome = async { wasmtime::error::Ok(answer.outcome.await.unwrap_or(Ok(()))) };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, answer.rows)?;
            let outcome = FutureReader::new(&mut access, outcome)?;
            Ok(Ok((answer.columns, rows, outcome)))
        })
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> Result<Result<u64, Error>> {
        let connection = find(accessor, &connection)?;
        Ok(execute(connection, statement, parameters).await)
    }
}

fn find<T: Send>(
    accessor: &Accessor<T, Host>,
    connection: &Resource<Connection>,
) -> Result<Connection> {
    accessor.with(|mut access| Ok(access.get().table.get(connection)?.clone()))
}
