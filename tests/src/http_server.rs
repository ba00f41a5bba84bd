//! An HTTP server on loopback whose answers a test defines, and that records its requests.

use std::{
    io::{BufRead, BufReader, Read as _, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::Gate;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// The value of the header `authorization`; empty if there is none.
    pub authorization: String,
    /// The body.
    pub body: String,
    /// The time of the request.
    pub time: Instant,
}

/// An answer.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header lines beside those of the body.
    pub headers: Vec<String>,
    /// The body's `content-type`.
    pub kind: &'static str,
    /// The body.
    pub body: String,
    /// The number of bytes at the end of the answer that are not sent: the connection is closed before.
    pub unsent: usize,
    /// A gate that must be opened before it is sent.
    pub gate: Option<Gate>,
    /// The delay before it is sent.
    pub delay: Duration,
    /// The delay before each byte of the body.
    pub drip: Duration,
}

impl Reply {
    /// A 200 without delay.
    pub fn of(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            kind: "application/json",
            body: body.into(),
            unsent: 0,
            gate: None,
            delay: Duration::ZERO,
            drip: Duration::ZERO,
        }
    }

    /// An empty answer with another status.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::of("")
        }
    }

    /// A redirect.
    pub fn redirect(to: &str) -> Self {
        Self {
            headers: vec![format!("location: {to}")],
            ..Self::status(302)
        }
    }
}

struct Service {
    answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>,
    asked: Mutex<Vec<Asked>>,
}

/// A server on its own port, until it is dropped.
pub struct HttpServer {
    address: SocketAddr,
    service: Arc<Service>,
    listening: Option<Listening>,
}

struct Listening {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl HttpServer {
    /// Answers a path with what `answer` returns for it.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_asked(move |asked| answer(&asked.path))
    }

    /// Answers a request with what `answer` returns for it.
    pub fn start_asked(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Arc::new(Service {
            answer: Box::new(answer),
            asked: Mutex::default(),
        });
        Self {
            address: listener.local_addr().unwrap(),
            listening: Some(Listening::start(listener, &service)),
            service,
        }
    }

    /// Its URL, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The times of the requests for this path.
    pub fn asked(&self, path: &str) -> Vec<Instant> {
        let asked = self.service.asked.lock().unwrap();
        let times = asked.iter().filter(|asked| asked.path == path);
        times.map(|asked| asked.time).collect()
    }

    /// All requests, in order.
    pub fn all_asked(&self) -> Vec<Asked> {
        self.service.asked.lock().unwrap().clone()
    }

    /// Stops listening: new connections are refused.
    pub fn stop(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.end(self.address);
        }
    }

    /// Listens again on the same port.
    pub fn restart(&mut self) {
        self.stop();
        let listener = TcpListener::bind(self.address).unwrap();
        self.listening = Some(Listening::start(listener, &self.service));
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Listening {
    fn start(listener: TcpListener, service: &Arc<Service>) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (ends_too, service) = (Arc::clone(&ends), Arc::clone(service));
        let thread = thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if ends_too.load(Ordering::SeqCst) {
                    break;
                }
                let service = Arc::clone(&service);
                // An error means that the client has given up.
                thread::spawn(move || drop(service.converse(client)));
            }
        });
        Self { ends, thread }
    }

    fn end(self, address: SocketAddr) {
        self.ends.store(true, Ordering::SeqCst);
        // This wakes the listener.
        drop(TcpStream::connect(address));
        self.thread.join().unwrap();
    }
}

impl Service {
    /// Reads one request and answers it; the next one comes on another connection.
    fn converse(&self, mut client: TcpStream) -> std::io::Result<()> {
        let Some(asked) = read(&client)? else {
            return Ok(());
        };
        self.asked.lock().unwrap().push(asked.clone());

        let reply = (self.answer)(&asked);
        if let Some(gate) = &reply.gate {
            gate.pass();
        }
        thread::sleep(reply.delay);
        let mut answer = format!(
            "HTTP/1.1 {} -\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n",
            reply.status,
            reply.kind,
            reply.body.len()
        );
        for header in &reply.headers {
            answer.push_str(header);
            answer.push_str("\r\n");
        }
        answer.push_str("\r\n");
        if !reply.drip.is_zero() {
            client.write_all(answer.as_bytes())?;
            for byte in reply.body.bytes() {
                client.write_all(&[byte])?;
                thread::sleep(reply.drip);
            }
            return Ok(());
        }
        answer.push_str(&reply.body);
        let sent = answer.len().saturating_sub(reply.unsent);
        client.write_all(&answer.as_bytes()[..sent])
    }
}

/// Reads a request, if there is one.
fn read(client: &TcpStream) -> std::io::Result<Option<Asked>> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut asked = Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        authorization: String::new(),
        body: String::new(),
        time: Instant::now(),
    };
    let (mut length, mut is_chunked) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => asked.authorization = value.to_owned(),
            "content-length" => length = value.parse().unwrap_or_default(),
            "transfer-encoding" => is_chunked = true,
            _ => {}
        }
    }
    if is_chunked {
        return with_chunks(asked, reader).map(Some);
    }
    reader.take(length).read_to_string(&mut asked.body)?;
    Ok(Some(asked))
}

/// Reads a body in chunks.
fn with_chunks(mut asked: Asked, mut reader: impl BufRead) -> std::io::Result<Asked> {
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = u64::from_str_radix(size.trim_end(), 16).unwrap_or_default();
        if size == 0 {
            return Ok(asked);
        }
        reader.by_ref().take(size).read_to_string(&mut asked.body)?;
        reader.read_line(&mut String::new())?;
    }
}
