//! Watches the protocol of a connection to see whether it is inside a transaction.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

const READY_FOR_QUERY: u8 = b'Z';
const IDLE: u8 = b'I';

/// The last transaction status from the server, which sends it after every statement.
#[derive(Clone)]
pub struct Status(Arc<AtomicU8>);

impl Status {
    /// Whether a `BEGIN` has not been followed by a COMMIT or ROLLBACK yet.
    pub fn in_transaction(&self) -> bool {
        self.0.load(Ordering::Relaxed) != IDLE
    }
}

/// A connection to a server whose incoming messages are watched.
pub struct Overheard {
    stream: TcpStream,
    messages: Messages,
}

impl Overheard {
    /// The stream to use, and the status that is read from it.
    pub fn new(stream: TcpStream) -> (Self, Status) {
        let status = Status(Arc::new(AtomicU8::new(IDLE)));
        let messages = Messages {
            status: status.clone(),
            header: 0,
            read: 0,
            body: 0,
            ready: false,
        };
        (Self { stream, messages }, status)
    }
}

/// Finds the status in the server's messages: a type byte, a length that includes itself, a body.
struct Messages {
    status: Status,
    header: u64,
    read: u8,
    body: usize,
    ready: bool,
}

impl Messages {
    fn observe(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first() {
            if self.body > 0 {
                if std::mem::take(&mut self.ready) {
                    self.status.0.store(*byte, Ordering::Relaxed);
                }
                let skipped = self.body.min(bytes.len());
                self.body -= skipped;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            self.header = (self.header << 8) | u64::from(*byte);
            self.read += 1;
            bytes = rest;
            if self.read == 5 {
                let [_, _, _, kind, length @ ..] = self.header.to_be_bytes();
                self.body = (u32::from_be_bytes(length) as usize).saturating_sub(4);
                self.ready = kind == READY_FOR_QUERY;
                (self.header, self.read) = (0, 0);
            }
        }
    }
}

impl AsyncRead for Overheard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.messages
            .observe(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_status_however_the_bytes_arrive() {
        let data_row = b"D\0\0\0\x09ZZZZZ";
        let conversation = [
            &data_row[..],
            b"Z\0\0\0\x05T",
            b"n\0\0\0\x04",
            b"Z\0\0\0\x05E",
        ]
        .concat();
        for piece in 1..=conversation.len() {
            let status = Status(Arc::new(AtomicU8::new(IDLE)));
            let mut messages = Messages {
                status: status.clone(),
                header: 0,
                read: 0,
                body: 0,
                ready: false,
            };
            for bytes in conversation.chunks(piece) {
                messages.observe(bytes);
            }
            assert_eq!(
                status.0.load(Ordering::Relaxed),
                b'E',
                "in pieces of {piece}"
            );
            assert!(status.in_transaction());
            messages.observe(b"Z\0\0\0\x05I");
            assert!(!status.in_transaction());
        }
    }
}
