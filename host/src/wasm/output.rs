//! The output of components: whole lines, to the host's own streams and to log files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use anyhow::Context as _;
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A line longer than this is passed on in pieces.
const LONGEST_LINE: usize = 1 << 20;

/// One of the two output streams of a component.
#[derive(Clone, Copy)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The destination of one stream of a component, for all its instances.
pub struct Sink {
    stream: Stream,
    repeated: bool,
    log: Option<File>,
}

impl Sink {
    /// Opens `DIR/logs/<component>_stdout.txt` (or `_stderr`), where Spin writes its logs, too.
    pub fn open(
        component: &str,
        stream: Stream,
        state_dir: Option<&Path>,
        quiet: bool,
    ) -> anyhow::Result<Arc<Self>> {
        let log = state_dir.map(|folder| {
            let name = match stream {
                Stream::Out => "stdout",
                Stream::Err => "stderr",
            };
            let logs = folder.join("logs");
            let file = logs.join(format!("{component}_{name}.txt"));
            fs::create_dir_all(&logs)
                .and_then(|()| OpenOptions::new().create(true).append(true).open(&file))
                .with_context(|| format!("opening {}", file.display()))
        });
        Ok(Arc::new(Self {
            stream,
            repeated: !quiet,
            log: log.transpose()?,
        }))
    }

    /// One call for each write, so that lines of concurrent instances do not mix. A closed reader or
    /// a full disk is not an error of the component.
    fn write(&self, lines: &[u8]) {
        if let Some(mut log) = self.log.as_ref() {
            let _ = log.write_all(lines);
        }
        let _ = match self.stream {
            _ if !self.repeated => Ok(()),
            Stream::Out => io::stdout().lock().write_all(lines),
            Stream::Err => io::stderr().lock().write_all(lines),
        };
    }
}

/// A stream as one instance has it. WASI splits long writes and may open the stream again for
/// each part, so the unfinished line is stored here.
#[derive(Clone)]
pub struct Output(Arc<Line>);

struct Line {
    sink: Arc<Sink>,
    unfinished: Mutex<Vec<u8>>,
}

impl Output {
    /// A stream that writes to `sink`.
    pub fn new(sink: Arc<Sink>) -> Self {
        Self(Arc::new(Line {
            sink,
            unfinished: Mutex::default(),
        }))
    }

    fn print(&self, bytes: &[u8]) {
        let mut unfinished = self.0.unfinished();
        unfinished.extend_from_slice(bytes);
        let complete = match unfinished.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => last + 1,
            None if unfinished.len() > LONGEST_LINE => unfinished.len(),
            None => return,
        };
        let lines: Vec<u8> = unfinished.drain(..complete).collect();
        self.0.sink.write(&lines);
    }
}

impl Line {
    fn unfinished(&self) -> MutexGuard<'_, Vec<u8>> {
        self.unfinished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut rest = std::mem::take(&mut *self.unfinished());
        if !rest.is_empty() {
            rest.push(b'\n');
            self.sink.write(&rest);
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.print(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LONGEST_LINE)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.print(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_on_whole_lines_and_the_rest_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let sink = Sink::open("c", Stream::Out, Some(folder), true).expect("a sink");
        let log = || fs::read_to_string(folder.join("logs/c_stdout.txt")).expect("a log");
        let (first, second) = (Output::new(sink.clone()), Output::new(sink));
        first.print(b"one ");
        second.print(b"two\n");
        assert_eq!(log(), "two\n");
        first.print(b"line\nunfinished");
        assert_eq!(log(), "two\none line\n");
        drop(first);
        assert_eq!(log(), "two\none line\nunfinished\n");
    }
}
