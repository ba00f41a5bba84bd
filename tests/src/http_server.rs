//! A server of HTTP on loopback whose answers are a test's, and that knows what it was asked.

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

/// What it is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// By which method.
    pub method: String,
    /// For what, with the query.
    pub path: String,
    /// What is sent as the header `authorization`; empty where there is none.
    pub authorization: String,
    /// The body.
    pub body: String,
    /// When.
    pub time: Instant,
}

/// What it answers.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Header lines beside those of the body.
    pub headers: Vec<String>,
    /// What the body is told to be.
    pub kind: &'static str,
    /// The body.
    pub body: String,
    /// How many of the last bytes of the answer are never sent: the connection is cut before.
    pub unsent: usize,
    /// What must be opened before it answers.
    pub gate: Option<Gate>,
    /// How long it takes over it.
    pub delay: Duration,
    /// How long it takes over each byte of the body.
    pub drip: Duration,
}

impl Reply {
    /// At once, and well.
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

    /// With another status and nothing in it.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::of("")
        }
    }

    /// A way to elsewhere.
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

/// A server on a port of its own, until the value is dropped.
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
    /// Answers what `answer` says to a path.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_asked(move |asked| answer(&asked.path))
    }

    /// Answers what `answer` says to a request.
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

    /// Its address, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// When it was asked for this path.
    pub fn asked(&self, path: &str) -> Vec<Instant> {
        let asked = self.service.asked.lock().unwrap();
        let times = asked.iter().filter(|asked| asked.path == path);
        times.map(|asked| asked.time).collect()
    }

    /// All that it was asked, in order.
    pub fn all_asked(&self) -> Vec<Asked> {
        self.service.asked.lock().unwrap().clone()
    }

    /// Listens no more: whoever connects is refused.
    pub fn stop(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.end(self.address);
        }
    }

    /// Listens again where it did.
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
                // Whoever gave up has gone.
                thread::spawn(move || drop(service.converse(client)));
            }
        });
        Self { ends, thread }
    }

    fn end(self, address: SocketAddr) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes it.
        drop(TcpStream::connect(address));
        self.thread.join().unwrap();
    }
}

impl Service {
    /// One request and its answer; the next comes on a connection of its own.
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

/// A request, if one comes.
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

/// The same with a body that comes in chunks.
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
