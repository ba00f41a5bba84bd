//! The rows of a query on their way to the component.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::channel::oneshot;
use futures::stream::{self, BoxStream, StreamExt};
use tokio_postgres::Row;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult, VecBuffer};

use super::parameter::Parameter;
use super::pool::Connection;
use super::{error, value};
use crate::wasm::linker::bindings::spin::postgres::postgres::{Column, DbValue, Error};

/// The number of rows per batch: small enough to start early, large enough to make the overhead small.
const BATCH: usize = 100;

/// The result of a query that is still running.
pub struct Answer {
    /// The columns; they are only known once there is a first row, as in Spin.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Rows,
    /// The final outcome: whether all rows were sent.
    pub outcome: oneshot::Receiver<Result<(), Error>>,
}

/// The rows that are still to come.
pub struct Rows {
    rows: BoxStream<'static, Result<Row, tokio_postgres::Error>>,
    outcome: Option<oneshot::Sender<Result<(), Error>>>,
}

/// Starts a query and waits for its first row.
pub async fn query(
    connection: &Connection,
    statement: &str,
    parameters: Vec<Parameter>,
) -> Result<Answer, Error> {
    let rows = connection
        .query_raw(statement, parameters)
        .await
        .map_err(error::failed)?;
    // A stream that has ended must not be polled again.
    let mut rows = rows.fuse().boxed();
    let first = rows.next().await;
    let columns = match &first {
        Some(Ok(row)) => value::columns(row),
        _ => Vec::new(),
    };
    let (sender, outcome) = oneshot::channel();
    let rows = stream::iter(first).chain(rows).boxed();
    Ok(Answer {
        columns,
        rows: Rows {
            rows,
            outcome: Some(sender),
        },
        outcome,
    })
}

impl Rows {
    /// Waits for all rows. An error of PostgreSQL from here on is a plain text, as in Spin.
    pub async fn collect(mut self) -> Result<Vec<Vec<DbValue>>, Error> {
        let mut collected = Vec::new();
        while let Some(row) = self.rows.next().await {
            let row = row.map_err(|error| error::refused(error::failed(error)))?;
            collected.push(value::values(&row).map_err(error::refused)?);
        }
        Ok(collected)
    }

    /// Adds the rows that are available, and returns whether more may follow.
    fn poll_batch(&mut self, cx: &mut Context<'_>, batch: &mut Vec<Vec<DbValue>>) -> bool {
        while batch.len() < BATCH {
            let outcome = match self.rows.poll_next_unpin(cx) {
                Poll::Pending => return true,
                Poll::Ready(None) => Ok(()),
                Poll::Ready(Some(Err(error))) => Err(error::failed(error)),
                Poll::Ready(Some(Ok(row))) => match value::values(&row) {
                    Ok(values) => {
                        batch.push(values);
                        continue;
                    }
                    Err(fault) => Err(error::refused(fault)),
                },
            };
            if let Some(sender) = self.outcome.take() {
                let _ = sender.send(outcome);
            }
            return false;
        }
        true
    }
}

impl<D> StreamProducer<D> for Rows {
    type Item = Vec<DbValue>;
    type Buffer = VecBuffer<Self::Item>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let mut batch = Vec::new();
        let more = self.poll_batch(cx, &mut batch);
        if batch.is_empty() && more {
            return match finish {
                true => Poll::Ready(Ok(StreamResult::Cancelled)),
                false => Poll::Pending,
            };
        }
        destination.set_buffer(batch.into());
        Poll::Ready(Ok(match more {
            true => StreamResult::Completed,
            false => StreamResult::Dropped,
        }))
    }
}
