//! `spin:redis`: every `open` makes a separate connection, on which calls are pipelined.

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncCommands, AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo,
    RedisError, Value,
};
use wasmtime::Result;
use wasmtime::component::{Accessor, Resource};

use crate::wasm::linker::Host;
use crate::wasm::linker::bindings::spin::redis::redis::{
    self as wit, Error, RedisParameter, RedisResult,
};
use crate::wasm::state::State;

type Reference = Resource<MultiplexedConnection>;

impl wit::Host for State {}

impl wit::HostConnection for State {
    fn drop(&mut self, connection: Reference) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> wit::HostConnectionWithStore<T> for Host {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Result<Result<Reference, Error>> {
        if !accessor.with(|mut access| allowed(access.get(), &address)) {
            return Ok(Err(Error::InvalidAddress));
        }
        match connect(&address).await {
            Ok(connection) => {
                accessor.with(|mut access| Ok(Ok(access.get().table.push(connection)?)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection.publish(channel, payload).await.map_err(other))
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection.get(key).await.map_err(other))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection.set(key, value).await.map_err(other))
    }

    async fn incr(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        key: String,
    ) -> Result<Result<i64, Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection.incr(key, 1).await.map_err(other))
    }

    async fn del(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        keys: Vec<String>,
    ) -> Result<Result<u32, Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection.del(keys).await.map_err(other))
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        key: String,
        values: Vec<String>,
    ) -> Result<Result<u32, Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection
            .sadd(key, values)
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::TypeError => Error::TypeError,
                _ => other(error),
            }))
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        key: String,
    ) -> Result<Result<Vec<String>, Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection.smembers(key).await.map_err(other))
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        key: String,
        values: Vec<String>,
    ) -> Result<Result<u32, Error>> {
        let mut connection = find(accessor, &connection)?;
        Ok(connection.srem(key, values).await.map_err(other))
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        connection: Reference,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Result<Vec<RedisResult>, Error>> {
        let mut connection = find(accessor, &connection)?;
        let mut call = redis::cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => call.arg(number),
                RedisParameter::Binary(bytes) => call.arg(bytes),
            };
        }
        let answer = call
            .query_async::<Value>(&mut connection)
            .await
            .map_err(other);
        Ok(answer.and_then(|value| {
            let mut results = Vec::new();
            flatten(value, &mut results)?;
            Ok(results)
        }))
    }
}

fn allowed(state: &State, address: &str) -> bool {
    let Ok(info) = address.into_connection_info() else {
        return false;
    };
    match info.addr {
        ConnectionAddr::Tcp(host, port) => {
            state
                .shared
                .component
                .allowed_hosts
                .allow("redis", &host, Some(port))
        }
        _ => false,
    }
}

async fn connect(address: &str) -> Result<MultiplexedConnection, Error> {
    let client = Client::open(address).map_err(|_| Error::InvalidAddress)?;
    let tcp = TcpSettings::default().set_nodelay(true);
    let config = AsyncConnectionConfig::new().set_tcp_settings(tcp);
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
        .map_err(other)
}

fn find<T: Send>(
    accessor: &Accessor<T, Host>,
    connection: &Reference,
) -> Result<MultiplexedConnection> {
    accessor.with(|mut access| Ok(access.get().table.get(connection)?.clone()))
}

/// Nested answers become one list, as in Spin; a value that the list cannot contain is an error.
fn flatten(value: Value, results: &mut Vec<RedisResult>) -> Result<(), Error> {
    results.push(match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::Boolean(yes) => RedisResult::Int64(yes.into()),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::Double(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::SimpleString(text) => RedisResult::Status(text),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Array(values) | Value::Set(values) => {
            return values
                .into_iter()
                .try_for_each(|value| flatten(value, results));
        }
        unknown => {
            return Err(Error::Other(format!(
                "no component can receive {unknown:?}"
            )));
        }
    });
    Ok(())
}

fn other(error: RedisError) -> Error {
    Error::Other(error.to_string())
}
